/** Users who review products: a light page over four subgraphs, and a heavy one nested three deep. */
import { composeSupergraph } from '../../schema/composition.ts';
import { type BenchGraph, type Scenario, subgraph } from './graph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requires", "@external"])';
const SDL = {
  accounts: `
    type Query { users(variant: Int = 0): [User!]! }
    type User @key(fields: "id") { id: ID! name: String! username: String! birthday: String }`,
  products: `
    type Query { topProducts(first: Int = 5, variant: Int = 0): [Product!]! }
    type Product @key(fields: "upc") { upc: ID! name: String! price: Int! weight: Int! }`,
  inventory: `
    type Product @key(fields: "upc") {
      upc: ID! price: Int! @external weight: Int! @external inStock: Boolean!
      shippingEstimate: Int! @requires(fields: "price weight")
    }`,
  reviews: `
    type Review @key(fields: "id") { id: ID! body: String! author: User! product: Product! }
    type User @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Product @key(fields: "upc") { upc: ID! reviews: [Review!]! }`,
};
/** Federation 1 has one owner of each type; the others extend it and call its key external. */
const FEDERATION_1 = {
  accounts: SDL.accounts.replace('type Query', 'extend type Query'),
  products: SDL.products.replace('type Query', 'extend type Query'),
  inventory: SDL.inventory.replace('type Product', 'extend type Product').replace('ID!', 'ID! @external'),
  reviews: SDL.reviews
    .replace(/type (User|Product)/g, 'extend type $1')
    .replace('{ id: ID! reviews', '{ id: ID! @external reviews')
    .replace('{ upc: ID! reviews', '{ upc: ID! @external reviews'),
};

interface Product {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const USERS = 14;
const PRODUCTS = 8;
const REVIEWS = 30;
const words = 'An honest opinion of some length, as people write them when they have the time for it.';
/** Ids are `<variant>-<number>`. */
const ids = (variant: string | number, count: number) =>
  Array.from({ length: count }, (_, i) => `${variant}-${i}`);
const [variantIn, numberIn] = [0, 1].map((part) => (id: string) => Number(id.split('-')[part])) as [
  (id: string) => number,
  (id: string) => number,
];
const review = (id: string) => ({ __typename: 'Review', id, body: `${id}: ${words}` });
const authorOf = (id: string) => `${variantIn(id)}-${numberIn(id) % USERS}`;
const productOf = (id: string) => `${variantIn(id)}-${numberIn(id) % PRODUCTS}`;
const reviewsWhere = (of: (id: string) => string, id: string) =>
  ids(variantIn(id), REVIEWS)
    .filter((each) => of(each) === id)
    .map(review);
const priceOf = (upc: string) => 100 + numberIn(upc);
const weightOf = (upc: string) => 7 * numberIn(upc);

const resolvers = {
  accounts: {
    Query: {
      users: (_: unknown, { variant }: { variant: number }) => ids(variant, USERS).map((id) => ({ id })),
    },
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      name: ({ id }: { id: string }) => `User ${id}`,
      username: ({ id }: { id: string }) => `user-${id}`,
      birthday: () => '1990-01-01',
    },
  },
  products: {
    Query: {
      topProducts: (_: unknown, { first, variant }: { first: number; variant: number }) =>
        ids(variant, first).map((upc) => ({ upc })),
    },
    Product: {
      __resolveReference: ({ upc }: Product) => ({ upc }),
      name: ({ upc }: Product) => `Product ${upc}`,
      price: ({ upc }: Product) => priceOf(upc),
      weight: ({ upc }: Product) => weightOf(upc),
    },
  },
  inventory: {
    Product: {
      __resolveReference: (sent: Product) => sent,
      inStock: ({ upc }: Product) => numberIn(upc) % 2 === 0,
      shippingEstimate: ({ price = 0, weight = 0 }: Product) => price + weight,
    },
  },
  reviews: {
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }) => reviewsWhere(authorOf, id),
    },
    Product: {
      __resolveReference: ({ upc }: Product) => ({ upc }),
      reviews: ({ upc }: Product) => reviewsWhere(productOf, upc),
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) => review(id),
      author: ({ id }: { id: string }) => ({ id: authorOf(id) }),
      product: ({ id }: { id: string }) => ({ upc: productOf(id) }),
    },
  },
};

type AnyResolver = (source: unknown, given: unknown) => unknown;
/** By type and field, of all subgraphs; nobody is sent prices here. */
const monolith = new Map<string, AnyResolver>();
for (const types of Object.values(resolvers)) {
  for (const [type, fields] of Object.entries(types)) {
    for (const [field, resolve] of Object.entries(fields)) {
      monolith.set(`${type}.${field}`, resolve as AnyResolver);
    }
  }
}
monolith.set('Product.shippingEstimate', (product) => {
  const { upc } = product as Product;
  return priceOf(upc) + weightOf(upc);
});

const names = Object.keys(SDL) as (keyof typeof SDL)[];
const graph: BenchGraph = {
  supergraphSdl: composeSupergraph(names.map((name) => ({ name, sdl: `${LINK}\n${SDL[name]}` })))
    .supergraphSdl,
  schemas: new Map(names.map((name) => [name, subgraph(`${LINK}\n${SDL[name]}`, resolvers[name])])),
  monolith: (source, given, _context, { parentType, fieldName }) => {
    const resolve = monolith.get(`${parentType.name}.${fieldName}`);
    return resolve === undefined ? source[fieldName] : resolve(source, given);
  },
  federation1: new Map(Object.entries(FEDERATION_1)),
};

const variantOf = (variant: number) => ({ variant });

export const light: Scenario = {
  name: 'light',
  graph,
  variables: {},
  variantOf,
  query: `query Light($variant: Int = 0) {
    topProducts(first: 8, variant: $variant) {
      upc name price weight inStock shippingEstimate
      reviews { id body author { id name username } }
    }
  }`,
};

export const heavy: Scenario = {
  name: 'heavy',
  graph,
  variables: {},
  variantOf,
  query: `query Heavy($variant: Int = 0) {
    users(variant: $variant) {
      id name username
      reviews {
        id body
        product {
          upc name price weight inStock
          reviews {
            id body
            author {
              id name username
              reviews { id body product { upc name price weight inStock shippingEstimate } }
            }
          }
        }
      }
    }
    topProducts(first: 5, variant: $variant) {
      upc name inStock reviews { id body author { id name reviews { id product { upc name } } } }
    }
  }`,
};
