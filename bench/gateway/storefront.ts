/** Users who review products: a light page over four subgraphs, and a heavy one nested three deep. */
import { composeSupergraph } from '../../schema/composition.ts';
import { type Scenario, subgraph } from './graph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requires", "@external"])';
const SDL = {
  accounts: `${LINK}
    type Query { users: [User!]! }
    type User @key(fields: "id") { id: ID! name: String! username: String! birthday: String }`,
  products: `${LINK}
    type Query { topProducts(first: Int = 5): [Product!]! }
    type Product @key(fields: "upc") { upc: ID! name: String! price: Int! weight: Int! }`,
  inventory: `${LINK}
    type Product @key(fields: "upc") {
      upc: ID! price: Int! @external weight: Int! @external inStock: Boolean!
      shippingEstimate: Int! @requires(fields: "price weight")
    }`,
  reviews: `${LINK}
    type Review @key(fields: "id") { id: ID! body: String! author: User! product: Product! }
    type User @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Product @key(fields: "upc") { upc: ID! reviews: [Review!]! }`,
};

interface Product {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const USERS = 14;
const PRODUCTS = 8;
const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const words = 'An honest opinion of some length, as people write them when they have the time for it.';
const review = (id: string) => ({ __typename: 'Review', id, body: `${id}: ${words}` });
const reviewIds = ids(30);
const authorOf = (id: string) => String(Number(id) % USERS);
const productOf = (id: string) => String(Number(id) % PRODUCTS);

const resolvers = {
  accounts: {
    Query: { users: () => ids(USERS).map((id) => ({ id })) },
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      name: ({ id }: { id: string }) => `User ${id}`,
      username: ({ id }: { id: string }) => `user-${id}`,
      birthday: () => '1990-01-01',
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { first: number }) => ids(first).map((upc) => ({ upc })) },
    Product: {
      __resolveReference: ({ upc }: Product) => ({ upc }),
      name: ({ upc }: Product) => `Product ${upc}`,
      price: ({ upc }: Product) => 100 + Number(upc),
      weight: ({ upc }: Product) => 7 * Number(upc),
    },
  },
  inventory: {
    Product: {
      __resolveReference: (sent: Product) => sent,
      inStock: ({ upc }: Product) => Number(upc) % 2 === 0,
      shippingEstimate: ({ price = 0, weight = 0 }: Product) => price + weight,
    },
  },
  reviews: {
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }) => reviewIds.filter((each) => authorOf(each) === id).map(review),
    },
    Product: {
      __resolveReference: ({ upc }: Product) => ({ upc }),
      reviews: ({ upc }: Product) => reviewIds.filter((each) => productOf(each) === upc).map(review),
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) => review(id),
      author: ({ id }: { id: string }) => ({ id: authorOf(id) }),
      product: ({ id }: { id: string }) => ({ upc: productOf(id) }),
    },
  },
};

const graph = {
  supergraphSdl: composeSupergraph(Object.entries(SDL).map(([name, sdl]) => ({ name, sdl }))).supergraphSdl,
  schemas: new Map(
    Object.entries(SDL).map(([name, sdl]) => [
      name,
      subgraph(sdl, resolvers[name as keyof typeof resolvers]),
    ]),
  ),
};

export const light: Scenario = {
  name: 'light',
  graph,
  variables: {},
  query: `query Light {
    topProducts(first: 8) {
      upc name price weight inStock shippingEstimate
      reviews { id body author { id name username } }
    }
  }`,
};

export const heavy: Scenario = {
  name: 'heavy',
  graph,
  variables: {},
  query: `query Heavy {
    users {
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
    topProducts(first: 5) {
      upc name inStock reviews { id body author { id name reviews { id product { upc name } } } }
    }
  }`,
};
