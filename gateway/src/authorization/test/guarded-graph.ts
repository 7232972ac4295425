/** A federated graph of two real subgraphs in which almost everything is restricted, behind a whole gateway. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  createSubgraphExecutor,
  type SubgraphExecutor,
  type SubgraphRequest,
} from '@marquee/service-kit/subgraph';
import { parse } from 'graphql';
import { SignJWT } from 'jose';
import { composeSupergraph } from '../../../../schema/composition.ts';
import {
  type Answer,
  ask,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
} from '../../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from '../../index.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key" "@requires"
  "@external" "@shareable" "@authenticated" { name: "@requiresScopes", as: "@needs" } "@policy"])`;

const CATALOG = `${LINK}
  type Query {
    open: String
    products: [Product!]
    first: Product
    me: Customer @authenticated
    people: [Person!]!
    search: [Found!]!
    level: Level
    report: Report
    strict: Report!
    wallet: Wallet
    anything: Int @needs(scopes: [])
  }
  type Mutation @needs(scopes: [["write"]]) { rename(id: ID!): Product }
  type Subscription {
    sold: Product
    mine: Product @authenticated
    audited: Product @needs(scopes: [["hr"]])
    cleared: Product @policy(policies: [["finance"]])
  }
  type Product @key(fields: "id") @key(fields: "sku") {
    id: ID!
    name: String
    sku: ID! @needs(scopes: [["sku:read"]])
    amount: Int @needs(scopes: [["stock:read", "stock:list"], ["root"]])
    margin: Int @policy(policies: [["finance"]])
  }
  interface Person { id: ID! name: String }
  type Customer implements Person { id: ID! name: String }
  type Staff implements Person @authenticated { id: ID! name: String salary: Int @needs(scopes: [["hr"]]) }
  union Found = Product | Staff
  enum Level @authenticated { LOW HIGH }
  type Report @authenticated { text: String! }
  scalar Money @needs(scopes: [["money"]])
  type Wallet { balance: Money currency: String }`;

const PRICING = `${LINK}
  type Product @key(fields: "sku") {
    sku: ID! @needs(scopes: [["sku:read"]])
    rating: Int
    margin: Int @external
    profit: Int @requires(fields: "margin") @policy(policies: [["finance"]])
  }`;

const products = [
  { __typename: 'Product', id: '1', name: 'One', sku: 's1', amount: 10, margin: 3 },
  { __typename: 'Product', id: '2', name: 'Two', sku: 's2', amount: 20, margin: 4 },
];
const staff = { __typename: 'Staff', id: 'u2', name: 'Grace', salary: 100 };
const customer = { __typename: 'Customer', id: 'u1', name: 'Ada' };
const type = { __resolveType: ({ __typename }: { __typename: string }) => __typename };

/** Two events, and the end. */
async function* soldAs(field: string) {
  for (const product of products) yield { [field]: product };
}

export interface GuardedGraph {
  readonly supergraphSdl: string;
  readonly executors: Record<string, SubgraphExecutor>;
  /** Operations that the subgraphs were sent. */
  readonly asked: string[];
  readonly renamed: string[];
}

export function guardedGraph(): GuardedGraph {
  const asked: string[] = [];
  const renamed: string[] = [];
  const subgraph = (typeDefs: string, resolvers: object): SubgraphExecutor => {
    const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]);
    const execute = createSubgraphExecutor({ schema, createContext: () => ({}) });
    const asking = (request: SubgraphRequest) => {
      asked.push(request.query);
      return request;
    };
    const { subscribe } = execute;
    return Object.assign(
      (request: SubgraphRequest) => execute(asking(request)),
      subscribe && { subscribe: (request: SubgraphRequest) => subscribe(asking(request)) },
    );
  };
  const executors = {
    catalog: subgraph(CATALOG, {
      Query: {
        open: () => 'to all',
        products: () => products,
        first: () => products[0],
        me: () => customer,
        people: () => [customer, staff],
        search: () => [products[0], staff],
        level: () => 'HIGH',
        report: () => ({ text: 'secret' }),
        strict: () => ({ text: 'secret' }),
        wallet: () => ({ balance: 7, currency: 'EUR' }),
        anything: () => 1,
      },
      Subscription: Object.fromEntries(
        ['sold', 'mine', 'audited', 'cleared'].map((field) => [field, { subscribe: () => soldAs(field) }]),
      ),
      Mutation: {
        rename: (_: unknown, { id }: { id: string }) => {
          renamed.push(id);
          return products[0];
        },
      },
      Product: {
        __resolveReference: ({ id, sku }: { id?: string; sku?: string }) =>
          products.find((product) => product.id === id || product.sku === sku),
      },
      Person: type,
      Found: type,
    }),
    pricing: subgraph(PRICING, {
      Product: {
        __resolveReference: (given: object) => given,
        rating: ({ sku }: { sku: string }) => Number(sku.slice(1)),
        profit: ({ margin }: { margin: number }) => margin * 100,
      },
    }),
  };
  const { supergraphSdl } = composeSupergraph([
    { name: 'catalog', sdl: CATALOG },
    { name: 'pricing', sdl: PRICING },
  ]);
  return { supergraphSdl, executors, asked, renamed };
}

/** Not started. */
export function guardedGateway(graph: GuardedGraph, options: Partial<GatewayOptions> = {}): Gateway {
  return gatewayOver(
    {
      ...graph,
      hidden: [],
      slowAsked: Promise.resolve(),
      answerSlow: () => undefined,
      addTitle: () => undefined,
      subscribers: () => 0,
    },
    {
      config: PRODUCTION,
      warmUpDocuments: [],
      ...options,
    },
  );
}

/** @param scope absent: anonymous. */
export async function askAs(
  gateway: Gateway,
  scope: string | undefined,
  query: string,
  variables?: Record<string, unknown>,
  claims: Record<string, unknown> = {},
): Promise<Answer> {
  return ask(gateway, query, await headersOf(scope, claims), variables);
}

export async function headersOf(
  scope: string | undefined,
  claims: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  if (scope === undefined) return {};
  const token = await new SignJWT({ sub: 'p1', exp: Math.floor(NOW / 1000) + 60, scope, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET));
  return { authorization: `Bearer ${token}` };
}
