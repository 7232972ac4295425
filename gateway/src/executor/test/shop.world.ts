/** Entities with several keys, compound keys, required fields with arguments, provided, shared and moved fields. */
import type { Row, World } from './world.ts';

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
const amount = (base: number, given: Record<string, unknown>): number =>
  base * ({ USD: 1, EUR: 2, GBP: 3 }[String(given.currency ?? 'USD')] ?? Number.NaN);
const first = (list: readonly unknown[]) => (given: Record<string, unknown>) =>
  typeof given.first === 'number' ? list.slice(0, Math.max(0, given.first)) : list;

const categories: Row[] = ['shoes', 'hats', 'boots'].map((slug, i) => ({
  __typename: 'Category',
  id: slug,
  slug,
  name: `Category ${slug}`,
  averagePrice: (given: Record<string, unknown>) => amount(10 * (i + 1), given),
}));
Object.assign(at(categories, 2), { parent: at(categories, 0) });

const regions = [
  { __typename: 'Region', id: 'r1', name: 'North' },
  { __typename: 'Region', id: 'r2', name: 'South' },
];
const warehouses: Row[] = [0, 1, 2].map((i) => ({
  __typename: 'Warehouse',
  id: `w${i}`,
  code: `code-${i}`,
  region: at(regions, i),
  city: i === 2 ? null : `City ${i}`,
  staff: i * 7,
}));

const products: Row[] = [0, 1, 2, 3].map((i) => ({
  __typename: 'Product',
  id: `p${i}`,
  upc: `upc-${i}`,
  name: `Product ${i}`,
  description: (given: Record<string, unknown>) => (given.short === true ? `P${i}` : `The product ${i}`),
  tags: i === 1 ? null : [[{ __typename: 'Tag', id: `t${i}`, label: `tag ${i}`, weight: i }, null], null, []],
  category: i === 3 ? null : at(categories, i),
  price: (given: Record<string, unknown>) => amount(100 * (i + 1), given),
  weight: 5 * (i + 1),
  dimensions: { __typename: 'Dimensions', id: `d${i}`, width: i, height: i * 2, depth: i * 3 },
  legacyCode: `legacy-${i}`,
  meta: { any: ['thing', i, null], nested: { deep: true } },
  shippingUsd: (_: unknown, self: Row) => Number(self.price) / 10 + Number(self.weight),
  shippingEur: (_: unknown, self: Row) => Number(self.price) / 10 + Number(self.weight) * 1_000,
  bulky: (_: unknown, self: Row) => Number(self.weight) > 10,
  warehouse: at(warehouses, i),
}));
// In one schema the required price is the one with the argument that the requirement names.
const required: Record<string, [string, number]> = { shippingUsd: ['USD', 1], shippingEur: ['EUR', 1_000] };
for (const product of products) {
  const price = product.price as (given: Record<string, unknown>) => number;
  for (const [field, [currency, factor]] of Object.entries(required)) {
    Object.assign(product, {
      [field]: (_: unknown, self: Row) => {
        const sent = typeof self.price === 'function' ? price({ currency }) : Number(self.price);
        return sent / 10 + Number(self.weight) * factor;
      },
    });
  }
  Object.assign(product, {
    cheapCategory: (_: unknown, self: Row) => {
      const category = self.category as Row | null;
      if (category === null) return null;
      const average = category.averagePrice as unknown;
      return (typeof average === 'function' ? average({ currency: 'EUR' }) : average) < 50;
    },
  });
}

const users: Row[] = [0, 1, 2].map((i) => ({
  __typename: 'User',
  id: `u${i}`,
  email: `u${i}@example.test`,
  name: i === 1 ? null : `User ${i}`,
  address: { __typename: 'Address', id: `a${i}`, street: `${i} Street`, region: at(regions, i) },
}));
const reviews: Row[] = [0, 1, 2, 3, 4, 5].map((i) => ({
  __typename: 'Review',
  id: `v${i}`,
  body: i === 4 ? null : `Review ${i}`,
  stars: i % 5,
  author: at(users, i),
  product: at(products, i),
  replies:
    i === 0 ? null : [[{ __typename: 'Reply', id: `y${i}`, text: `Reply ${i}`, by: at(users, i + 1) }], []],
}));
users.forEach((user, i) => {
  const written = reviews.filter((review) => review.author === user);
  Object.assign(user, {
    reviews: first(written),
    friends: [at(users, i + 1), null, at(users, i + 2)],
    favourite: [products[i], reviews[i], null][i % 3],
  });
});
products.forEach((product, i) => {
  const about = reviews.filter((review) => review.product === product);
  Object.assign(product, {
    related: i === 2 ? [] : [at(products, i + 1), at(products, i + 2)],
    reviews: first(about),
    averageRating: about.length === 0 ? null : about.length / 2,
  });
});

export const shop: World = {
  keys: ['id', 'upc', 'slug', 'email', 'code'],
  rows: [...products, ...users, ...reviews, ...categories, ...warehouses],
  roots: {
    products,
    product: ({ id }: Record<string, unknown>) => products.find((product) => product.id === id) ?? null,
    search: [products[0], categories[1], products[3]],
    node: ({ id }: Record<string, unknown>) => [...products, ...reviews].find((row) => row.id === id) ?? null,
    nodes: [products[1], reviews[2], null],
    topReviews: [reviews[3], null, reviews[0]],
    me: users[1],
    users,
    user: ({ id }: Record<string, unknown>) => users.find((user) => user.id === id) ?? null,
    warehouses,
    rename: ({ id }: Record<string, unknown>) => users.find((user) => user.id === id) ?? null,
    review: ({ stars }: Record<string, unknown>) => reviews.find((each) => each.stars === stars) ?? null,
  },
  subgraphs: {
    catalog: `
      scalar Json
      enum Currency { USD EUR GBP }
      type Query {
        products: [Product!]! product(id: ID!): Product search: [SearchResult!] node(id: ID!): Node nodes: [Node]
      }
      interface Node { id: ID! }
      union SearchResult = Product | Category
      type Product implements Node @key(fields: "id") @key(fields: "upc") {
        id: ID! upc: String! name: String! description(short: Boolean = false): String tags: [[Tag]]
        category: Category price(currency: Currency = USD): Int weight: Int! dimensions: Dimensions @shareable
        related: [Product] legacyCode: String meta: Json
      }
      type Dimensions @shareable { width: Int height: Int! }
      type Tag { label: String! weight: Int }
      type Category @key(fields: "slug") {
        slug: ID! name: String! parent: Category averagePrice(currency: Currency!): Int
      }
      type Review implements Node @key(fields: "id") { id: ID! }`,
    shipping: `
      enum Currency { USD EUR GBP }
      type Query { warehouses: [Warehouse] }
      type Product @key(fields: "upc") {
        upc: String! price(currency: Currency = USD): Int @external weight: Int! @external category: Category @external
        shippingUsd: Int @requires(fields: "price(currency: USD) weight")
        shippingEur: Int @requires(fields: "price(currency: EUR) weight")
        bulky: Boolean @requires(fields: "weight")
        cheapCategory: Boolean @requires(fields: "category { averagePrice(currency: EUR) }")
        warehouse: Warehouse!
        dimensions: Dimensions @shareable
      }
      type Dimensions { width: Int @shareable height: Int! @shareable depth: Int }
      type Category @key(fields: "slug") { slug: ID! averagePrice(currency: Currency!): Int @external }
      type Warehouse @key(fields: "code region { id }") { code: String! region: Region! city: String }
      type Region @shareable { id: ID! name: String }`,
    staff: `
      type Warehouse @key(fields: "code region { id }") { code: String! region: Region! staff: Int! }
      type Region @shareable { id: ID! }`,
    reviews: `
      type Query { topReviews: [Review] }
      type Mutation { review(stars: Int!): Review }
      interface Node { id: ID! }
      type Product implements Node @key(fields: "id") {
        id: ID! reviews(first: Int): [Review!] averageRating: Float legacyCode: String @override(from: "catalog")
      }
      type Review implements Node @key(fields: "id") {
        id: ID! body: String author: User! @provides(fields: "name") product: Product! stars: Int!
        replies: [[Reply!]!]
      }
      type Reply { text: String! by: User }
      type User @key(fields: "id") { id: ID! name: String @external reviews(first: Int): [Review!] }`,
    accounts: `
      type Query { me: User users: [User!]! user(id: ID!): User }
      type Mutation { rename(id: ID!): User }
      type User @key(fields: "id") @key(fields: "email") {
        id: ID! email: String! name: String @shareable address: Address friends: [User] favourite: Favourite
      }
      union Favourite = Product | Review
      type Product @key(fields: "id", resolvable: false) { id: ID! }
      type Review @key(fields: "id", resolvable: false) { id: ID! }
      type Address { street: String! region: Region! }
      type Region @shareable { id: ID! name: String }`,
  },
};
