/**
 * Small federations, each about one corner of the specification that other gateways are known to get wrong: what several subgraphs
 * know differently, what only one of them can reach, what has to be fetched before what.
 */
import type { Row, World } from './world.ts';

const byId = (rows: readonly Row[]) => (given: Record<string, unknown>) =>
  rows.find((row) => row.id === given.id) ?? null;

/** A union whose members only some of the subgraphs know, at the root of several and on an entity. */
function partialUnions(): World {
  const book: Row = { __typename: 'Book', id: 'b0', title: 'A book' };
  const song: Row = { __typename: 'Song', id: 'g0', title: 'A song' };
  const movie: Row = { __typename: 'Movie', id: 'm0', title: 'A movie' };
  const viewer: Row = {
    __typename: 'Viewer',
    id: 'v0',
    media: book,
    song,
    book,
    shelf: [[book, song], [null], []],
    seen: [movie, book],
  };
  return {
    keys: ['id'],
    rows: [book, song, movie, viewer],
    roots: { media: book, viewer, anyBook: book, songOrBook: [song, book], movieOrBook: [book, movie] },
    subgraphs: {
      a: `
        type Query { media: Media @shareable songOrBook: [Media!]! viewer: Viewer @shareable anyBook: Media @shareable }
        union Media = Book | Song
        union ViewerMedia = Book | Song
        type Book { id: ID! @shareable title: String! @shareable }
        type Song @key(fields: "id") { id: ID! title: String! }
        type Viewer @key(fields: "id") { id: ID! media: ViewerMedia @shareable song: ViewerMedia shelf: [[Media]!] }`,
      b: `
        type Query { media: Media @shareable movieOrBook: [Media!]! viewer: Viewer @shareable anyBook: Media @shareable }
        union Media = Book | Movie
        union ViewerMedia = Book | Movie
        type Book { id: ID! @shareable title: String! @shareable }
        type Movie @key(fields: "id") { id: ID! title: String! }
        type Viewer @key(fields: "id") { id: ID! media: ViewerMedia @shareable book: ViewerMedia seen: [Media] }`,
    },
  };
}

/** Enums and inputs of which each subgraph knows a part. */
function intersections(): World {
  const users: Row[] = [0, 1].map((i) => ({
    __typename: 'User',
    id: `u${i}`,
    type: 'REGULAR',
    name: `User ${i}`,
    rank: 'HIGH',
    matches: ({ filter }: Record<string, unknown>) =>
      filter == null ? null : (filter as { first?: number }).first === i,
  }));
  return {
    keys: ['id'],
    rows: users,
    roots: {
      users,
      usersOf: ({ type }: Record<string, unknown>) => users.filter((user) => user.type === type),
      some: ({ filter }: Record<string, unknown>) =>
        users.slice(0, (filter as { first?: number } | null)?.first ?? 2),
    },
    subgraphs: {
      a: `
        enum UserType { ANONYMOUS @inaccessible REGULAR }
        enum Rank { LOW HIGH }
        input Filter { first: Int note: String }
        type Query { users: [User!]! @shareable some(filter: Filter): [User!]! }
        type User @key(fields: "id") { id: ID! type: UserType @shareable rank: Rank @shareable }`,
      b: `
        enum UserType { REGULAR }
        enum Rank { LOW HIGH TOP }
        input Filter { first: Int! before: ID }
        type Query { users: [User!]! @shareable usersOf(type: UserType!): [User!]! }
        type User @key(fields: "id") {
          id: ID! type: UserType @shareable rank: Rank @shareable name: String matches(filter: Filter): Boolean
        }`,
    },
  };
}

/** What a field provides inside what it provides, under aliases and lists. */
function nestedProvides(): World {
  const categories: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Category',
    id: `c${i}`,
    name: `Category ${i}`,
  }));
  categories.forEach((category, i) => {
    Object.assign(category, { subCategories: i === 0 ? [categories[1], categories[2]] : [] });
  });
  const products: Row[] = [0, 1].map((i) => ({
    __typename: 'Product',
    id: `p${i}`,
    price: i === 0 ? 9.5 : null,
    categories: i === 0 ? [categories[0], categories[2]] : [],
  }));
  return {
    keys: ['id'],
    rows: [...products, ...categories],
    roots: { products, product: byId(products), cheapest: products[1] },
    subgraphs: {
      browse: `
        type Query {
          products: [Product!]! @provides(fields: "categories { id name subCategories { id name } }")
          cheapest: Product @provides(fields: "categories { id }")
        }
        type Product @key(fields: "id") { id: ID! categories: [Category!] @external }
        type Category @key(fields: "id") { id: ID! @external name: String @external subCategories: [Category!] @external }`,
      categories: `
        type Product @key(fields: "id") { id: ID! categories: [Category!] @shareable }
        type Category @key(fields: "id") { id: ID! name: String @shareable subCategories: [Category!] @shareable }`,
      prices: `
        type Query { product(id: ID!): Product }
        type Product @key(fields: "id") { id: ID! price: Float }`,
    },
  };
}

/** Keys of which no subgraph resolves all, nested and in pairs. */
function mashedKeys(): World {
  const things: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Thing',
    id: `t${i}`,
    upc: `upc${i}`,
    compositeId: { __typename: 'CompositeId', id: `x${i}`, two: `two${i}`, three: `three${i}` },
    nameInB: `B ${i}`,
    nameInC: i === 1 ? null : `C ${i}`,
    nameInD: (_: unknown, self: Row) => (typeof self.nameInB === 'string' ? `${self.nameInB}!` : null),
  }));
  return {
    keys: ['id', 'upc'],
    rows: things,
    roots: { a: things[0], things, b: things[2], thing: byId(things) },
    subgraphs: {
      a: `
        type Query { a: Thing thing(id: ID!): Thing }
        type Thing @key(fields: "id") @key(fields: "id compositeId { two three }") { id: ID! compositeId: CompositeId! }
        type CompositeId { two: ID! @shareable three: ID! @shareable }`,
      b: `
        type Query { b: Thing things: [Thing!]! }
        type Thing @key(fields: "id compositeId { two three }") @key(fields: "id compositeId { two }") {
          id: ID! compositeId: CompositeId! nameInB: String
        }
        type CompositeId { two: ID! @shareable three: ID! @shareable }`,
      c: `
        type Thing @key(fields: "id compositeId { two three }") @key(fields: "upc") {
          id: ID! upc: ID! compositeId: CompositeId! nameInC: String
        }
        type CompositeId { two: ID! @shareable three: ID! @shareable }`,
      d: `
        type Thing @key(fields: "upc") { upc: ID! nameInB: String @external nameInD: String @requires(fields: "nameInB") }`,
    },
  };
}

/** A type without a key that can be reached only through its parent, at two places below two subgraphs. */
function throughParents(): World {
  const products: Row[] = [0, 1].map((i) => ({
    __typename: 'Product',
    id: `p${i}`,
    pid: `pid${i}`,
    category: {
      __typename: 'Category',
      id: `c${i}`,
      name: `Category ${i}`,
      details: `Details ${i}`,
      depth: i,
    },
  }));
  Object.assign(products[0] as object, { similar: [products[1], null] });
  return {
    keys: ['id', 'pid'],
    rows: products,
    roots: { fromD: products[0], products, fromA: byId(products) },
    subgraphs: {
      a: `
        type Query { fromA(id: ID!): Product }
        type Product @key(fields: "id") @key(fields: "pid") {
          id: ID! pid: ID! category: Category @shareable similar: [Product]
        }
        type Category { name: String @shareable }`,
      b: `
        type Product @key(fields: "id") { id: ID! category: Category @shareable }
        type Category { details: String }`,
      c: `
        type Product @key(fields: "pid") { pid: ID! category: Category @shareable }
        type Category { depth: Int! }`,
      d: `
        type Query { fromD: Product products: [Product!]! }
        type Product @key(fields: "id") { id: ID! category: Category @shareable }
        type Category { name: String @shareable }`,
    },
  };
}

/** Types of one union whose fields of one name may or may not be null; the same field in two subgraphs too. */
function mismatchedChildren(): World {
  const users: Row[] = [0, 1].map((i) => ({
    __typename: 'User',
    id: `u${i}`,
    name: `User ${i}`,
    similar: null,
  }));
  const admins: Row[] = [0, 1].map((i) => ({
    __typename: 'Admin',
    id: `a${i}`,
    name: i === 0 ? `Admin ${i}` : null,
    level: i,
    users,
  }));
  Object.assign(users[0] as object, { similar: [users[1], admins[0]] });
  return {
    keys: ['id'],
    rows: [...users, ...admins],
    roots: { users, accounts: [users[0], admins[0], admins[1]], boss: admins[1] },
    subgraphs: {
      a: `
        type Query { users: [User!]! @shareable boss: Account }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID @shareable name: String @shareable similar: [Account!] }
        type Admin @key(fields: "id") { id: ID! users: [User!]! }`,
      b: `
        type Query { users: [User!] @shareable accounts: [Account!]! }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID! @shareable name: String @shareable }
        type Admin @key(fields: "id") { id: ID! name: String level: Int! }`,
    },
  };
}

/** A node that is known as an interface at the root of several subgraphs, each of which knows other implementations. */
function nodes(): World {
  const accounts: Row[] = [0, 1].map((i) => ({
    __typename: 'Account',
    id: `a${i}`,
    username: `account${i}`,
  }));
  const chats: Row[] = [0, 1].map((i) => ({
    __typename: 'Chat',
    id: `c${i}`,
    text: `Chat ${i}`,
    account: accounts[i],
    about: i === 0 ? accounts[1] : null,
  }));
  accounts.forEach((account, i) => {
    Object.assign(account, { chats: [chats[i]], pinned: i === 0 ? chats[1] : account });
  });
  return {
    keys: ['id'],
    rows: [...accounts, ...chats],
    roots: { account: byId(accounts), chat: byId(chats), accounts, latest: [chats[0], accounts[1], null] },
    subgraphs: {
      a: `
        interface Node { id: ID! }
        type Query { account(id: ID!): Account accounts: [Account!]! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! account: Account! }`,
      b: `
        interface Node { id: ID! }
        type Query { chat(id: ID!): Chat latest: [Node] }
        type Account implements Node @key(fields: "id") { id: ID! chats: [Chat!]! pinned: Node }
        type Chat implements Node @key(fields: "id") { id: ID! text: String! about: Node }`,
    },
  };
}

/** Fields that have moved and that others require. */
function movedAndRequired(): World {
  const users: Row[] = [0, 1].map((i) => ({
    __typename: 'User',
    id: `u${i}`,
    name: i === 0 ? 'Ada' : null,
    email: `u${i}@example.test`,
    friends: [],
    greeting: (_: unknown, self: Row) => (typeof self.name === 'string' ? `Hello ${self.name}` : null),
    card: (_: unknown, self: Row) => `${self.name ?? '?'} <${self.email}>`,
  }));
  Object.assign(users[0] as object, { friends: [users[1], null] });
  return {
    keys: ['id'],
    rows: users,
    roots: { userInA: users[0], userInB: users[1], users },
    subgraphs: {
      a: `
        type Query { userInA: User }
        type User @key(fields: "id") { id: ID! name: String @override(from: "b") friends: [User] }`,
      b: `
        type Query { userInB: User }
        type User @key(fields: "id") { id: ID! name: String email: String }`,
      c: `
        type Query { users: [User!]! }
        type User @key(fields: "id") {
          id: ID! name: String @external email: String @external
          greeting: String @requires(fields: "name") card: String @requires(fields: "name email")
        }`,
    },
  };
}

/** Requirements through fragments on interfaces, inside each other. */
function requiredFragments(): World {
  const data: Row[] = [
    { __typename: 'Foo', id: 'd0', foo: 'foo', child: { __typename: 'Baz', id: 'k0', baz: 1 } },
    { __typename: 'Bar', id: 'd1', foo: 'bar', bar: 'bar', child: null },
  ];
  const summary = (of: Row | undefined): string | null => {
    if (of === undefined || of === null) return null;
    const child = of.child as Row | null | undefined;
    return `${of.foo} ${of.bar ?? '-'} ${child?.baz ?? '-'}`;
  };
  const entities: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Entity',
    id: `e${i}`,
    data: data[i] ?? null,
    requirer: (_: unknown, self: Row) => summary(self.data as Row),
    requirer2: (_: unknown, self: Row) => (self.data as Row | null)?.foo ?? null,
  }));
  return {
    keys: ['id'],
    rows: [...entities],
    roots: { entities, entity: byId(entities) },
    subgraphs: {
      a: `
        type Query { entities: [Entity!]! }
        type Entity @key(fields: "id") { id: ID! data: Data }
        interface Data { foo: String! }
        type Foo implements Data { foo: String! child: Baz }
        type Bar implements Data { foo: String! bar: String! child: Baz }
        type Baz { baz: Int }`,
      b: `
        type Query { entity(id: ID!): Entity }
        type Entity @key(fields: "id") {
          id: ID! data: Data @external
          requirer: String @requires(fields: "data { foo ... on Bar { bar child { baz } } ... on Foo { child { baz } } }")
          requirer2: String @requires(fields: "data { ... on Foo { foo } ... on Bar { foo } }")
        }
        interface Data { foo: String! }
        type Foo implements Data { foo: String! @external child: Baz @external }
        type Bar implements Data { foo: String! @external bar: String! @external child: Baz @external }
        type Baz { baz: Int @external }`,
    },
  };
}

export const corners: Readonly<Record<string, World>> = {
  'unions of which each subgraph knows other members': partialUnions(),
  'enums and inputs of which each knows a part': intersections(),
  'provided fields inside provided ones': nestedProvides(),
  'keys of which nobody resolves all': mashedKeys(),
  'types that are reached through their parents': throughParents(),
  'fields of one name and of different types': mismatchedChildren(),
  'nodes that each knows otherwise': nodes(),
  'moved fields that others require': movedAndRequired(),
  'requirements through fragments': requiredFragments(),
};
