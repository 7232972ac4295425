/**
 * Small federations about what a gateway's author does not think of: keys that are null, names that every JavaScript object
 * has, arguments and lists of lists in what is required, objects that stand for one interface and know it by different keys.
 */
import type { Row, World } from './world.ts';

const byId = (rows: readonly Row[]) => (given: Record<string, unknown>) =>
  rows.find((row) => row.id === given.id) ?? null;

/** What stands for one interface in several subgraphs is known to some by one key, to others by another. */
function standInsByOtherKeys(): World {
  const media: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 1 ? 'Film' : 'Book',
    id: `m${i}`,
    slug: `s-${i}`,
    title: `Title ${i}`,
    pages: i * 10,
    minutes: 90,
    stars: i === 2 ? null : i,
    price: i * 1.5,
    isbn: i === 0 ? null : `isbn ${i}`,
    cast: i,
    blurb: (_: unknown, self: Row) => `${self.title}!`,
    offer: (_: unknown, self: Row) => `${self.price} for ${self.slug}`,
  }));
  media.forEach((each, i) => {
    Object.assign(each, { next: media[(i + 1) % 3], shelf: [[media[(i + 2) % 3], null], []] });
  });
  return {
    keys: ['id', 'slug'],
    rows: media,
    roots: {
      media,
      rated: [media[1], media[0], null],
      onSale: [media[2], media[1]],
      item: byId(media),
      printed: [media[0], media[2]],
    },
    subgraphs: {
      library: `
        type Query { media: [Media!]! item(id: ID!): Media }
        interface Media @key(fields: "id") @key(fields: "slug") { id: ID! slug: String! title: String }
        type Book implements Media @key(fields: "id") @key(fields: "slug") {
          id: ID! slug: String! title: String pages: Int
        }
        type Film implements Media @key(fields: "id") @key(fields: "slug") {
          id: ID! slug: String! title: String minutes: Int!
        }`,
      ratings: `
        type Query { rated: [Media] }
        type Media @interfaceObject @key(fields: "id") {
          id: ID! stars: Int next: Media title: String @external blurb: String @requires(fields: "title")
        }`,
      shop: `
        type Query { onSale: [Media!] }
        type Media @interfaceObject @key(fields: "slug") { slug: String! price: Float shelf: [[Media]!] }`,
      offers: `
        type Media @interfaceObject @key(fields: "slug") {
          slug: String! price: Float @external offer: String @requires(fields: "price")
        }`,
      print: `
        type Query { printed: [Book!]! }
        type Book @key(fields: "slug") { slug: String! isbn: String }
        type Film @key(fields: "id") { id: ID! cast: Int }`,
    },
  };
}

/** One field with different arguments in lists of objects, and members of a union in lists of lists, are required. */
function requiredLists(): World {
  const gifts: Row[] = [0, 1].map((i) => ({
    __typename: 'Gift',
    id: `g${i}`,
    weight: i + 1,
    wrap: `wrap ${i}`,
  }));
  const notes: Row[] = [0, 1].map((i) => ({
    __typename: 'Note',
    id: `n${i}`,
    text: i === 1 ? null : `Note ${i}`,
  }));
  const line = (i: number): Row => ({
    __typename: 'Line',
    id: `line ${i}`,
    sku: `sku ${i}`,
    qty: i,
    price: ({ currency }: Record<string, unknown>) => (currency === 'USD' ? i * 2 : i),
    tag: ({ loud }: Record<string, unknown>) => `${loud === true ? 'T' : 't'}${i}`,
  });
  type Of = (given: Record<string, unknown>) => unknown;
  const answerOf = (value: unknown, given: Record<string, unknown>) =>
    typeof value === 'function' ? (value as Of)(given) : value;
  const totalIn = (currency: string) => (_: unknown, self: Row) =>
    ((self.lines ?? []) as (Row | null)[]).reduce(
      (sum, each) => sum + Number(each?.qty ?? 0) * Number(answerOf(each?.price, { currency }) ?? 0),
      0,
    );
  const said = (each: Row | null) => each && (each.weight ?? each.text ?? null);
  const orders: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Order',
    id: `o${i}`,
    lines: i === 2 ? null : [line(i), null, line(i + 1)],
    extras: i === 1 ? [] : [[gifts[0], notes[i % 2]], null, [gifts[1], null]],
    favourite: [gifts[0], notes[1], null][i],
    count: ({ of }: Record<string, unknown>) => i * 10 + (of === 'X' ? 1 : 2),
    total: totalIn('EUR'),
    totalUsd: totalIn('USD'),
    packed: (_: unknown, self: Row) =>
      JSON.stringify(((self.extras ?? []) as ((Row | null)[] | null)[]).map((row) => row?.map(said) ?? null)),
    best: (_: unknown, self: Row) => {
      const favourite = self.favourite as Row | null;
      return favourite ? `${favourite.__typename} ${said(favourite)}` : 'none';
    },
    xs: (_: unknown, self: Row) => `${answerOf(self.count, { of: 'X' })}`,
    ys: (_: unknown, self: Row) => `${answerOf(self.count, { of: 'Y' })}`,
  }));
  orders.forEach((order, i) => {
    Object.assign(order, { again: orders[(i + 1) % 3] });
  });
  [...gifts, ...notes].forEach((each, i) => {
    Object.assign(each, { order: orders[i % 3] });
  });
  return {
    keys: ['id'],
    rows: [...orders, ...gifts, ...notes],
    roots: {
      orders,
      order: byId(orders),
      billed: [orders[1], null, orders[0]],
      things: [gifts[0], notes[1]],
    },
    subgraphs: {
      orders: `
        enum Currency { EUR USD }
        enum Of { X Y }
        type Query { orders: [Order!]! }
        union Extra = Gift | Note
        type Order @key(fields: "id") {
          id: ID! lines: [Line] extras: [[Extra]] favourite: Extra count(of: Of!): Int again: Order
        }
        type Line { sku: String qty: Int! price(currency: Currency!): Int! tag(loud: Boolean): String }
        type Gift @key(fields: "id") { id: ID! }
        type Note @key(fields: "id") { id: ID! text: String @shareable }`,
      gifts: `
        union Extra = Gift | Note
        type Query { things: [Extra] }
        type Gift @key(fields: "id") { id: ID! weight: Int wrap: String order: Order }
        type Note @key(fields: "id") { id: ID! text: String @shareable order: Order }
        type Order @key(fields: "id", resolvable: false) { id: ID! }`,
      billing: `
        enum Currency { EUR USD }
        enum Of { X Y }
        type Query { billed: [Order] order(id: ID!): Order }
        union Extra = Gift | Note
        type Order @key(fields: "id") {
          id: ID! lines: [Line] @external extras: [[Extra]] @external favourite: Extra @external
          count(of: Of!): Int @external
          total: Int @requires(fields: "lines { qty price(currency: EUR) }")
          totalUsd: Int @requires(fields: "lines { qty price(currency: USD) }")
          packed: String @requires(fields: "extras { ... on Gift { weight } ... on Note { text } }")
          best: String @requires(fields: "favourite { __typename ... on Gift { weight } ... on Note { text } }")
          xs: String @requires(fields: "count(of: X)") ys: String @requires(fields: "count(of: Y)")
        }
        type Line @external { qty: Int! price(currency: Currency!): Int! }
        type Gift @key(fields: "id") { id: ID! weight: Int @external }
        type Note @key(fields: "id") { id: ID! text: String @external }`,
    },
  };
}

/** Objects without one of their keys, or without the one that a subgraph asks for: what that subgraph has of them is null. */
function nullKeys(): World {
  const books: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Book',
    id: `b${i}`,
    isbn: i === 1 ? null : `isbn${i}`,
    upc: `upc${i}`,
    code: i === 2 ? null : `code${i}`,
    title: `Title ${i}`,
    price: i === 1 ? null : i + 1,
    stock: i,
    shelf: i === 2 ? null : `Shelf ${i}`,
  }));
  const authors: Row[] = [0, 1].map((i) => ({
    __typename: 'Author',
    id: `a${i}`,
    ref: i === 1 ? null : `ref${i}`,
    name: `Name ${i}`,
    age: i === 1 ? null : 30,
  }));
  books.forEach((book, i) => {
    Object.assign(book, { author: i === 2 ? null : authors[i], next: books[(i + 1) % 3] });
  });
  authors.forEach((author, i) => {
    Object.assign(author, { books: [books[i], null, books[2]] });
  });
  return {
    keys: ['isbn', 'upc', 'code', 'ref'],
    rows: [...books, ...authors],
    roots: { books, stocked: [books[2], null, books[1]], authors },
    subgraphs: {
      books: `
        type Query { books: [Book] authors: [Author] }
        type Book @key(fields: "isbn") @key(fields: "upc") {
          isbn: String upc: String! title: String author: Author next: Book
        }
        type Author @key(fields: "ref") { ref: String name: String books: [Book] }`,
      prices: 'type Book @key(fields: "isbn") { isbn: String price: Int }',
      stock: `
        type Query { stocked: [Book] }
        type Book @key(fields: "upc") @key(fields: "code") { upc: String! code: String stock: Int! }`,
      shelves: `
        type Book @key(fields: "code") { code: String shelf: String }
        type Author @key(fields: "ref") { ref: String age: Int }`,
    },
  };
}

/** Types, fields, keys, enum values and subgraphs are called what every JavaScript object inherits. */
function inheritedNames(): World {
  const things = [0, 1, 2].map(
    (i): Row => ({
      __typename: i === 1 ? 'valueOf' : 'Object',
      id: `t${i}`,
      constructor: `c${i}`,
      toString: `string ${i}`,
      valueOf: i,
      hasOwnProperty: i === 2 ? null : `own ${i}`,
      toLocaleString: 'toString',
      isPrototypeOf: (_: unknown, self: Row) => `${self.toString} of ${self.constructor}`,
    }),
  );
  things.forEach((thing, i) => {
    Object.assign(thing, { propertyIsEnumerable: things[(i + 1) % 3], around: [things[(i + 2) % 3], null] });
  });
  return {
    keys: ['constructor'],
    rows: things,
    roots: { toString: things, constructor: things[1], around: [things[0], null], hasOwnProperty: things[0] },
    subgraphs: {
      names: `
        enum Enum { constructor toString A }
        interface Function { constructor: ID! toString: String }
        union Array = Object | valueOf
        type Query { toString: [Function] constructor: Array }
        type Object implements Function @key(fields: "constructor") {
          constructor: ID! toString: String propertyIsEnumerable: Array toLocaleString: Enum
        }
        type valueOf implements Function @key(fields: "constructor") {
          constructor: ID! toString: String propertyIsEnumerable: Function toLocaleString: Enum
        }`,
      values: `
        union Array = Object | valueOf
        type Query { around: [Object] }
        type Object @key(fields: "constructor") {
          constructor: ID! valueOf: Int hasOwnProperty: String around: [Array]
        }
        type valueOf @key(fields: "constructor") {
          constructor: ID! valueOf: Int! hasOwnProperty: String around: [Array]
        }`,
      constructor: `
        type Query { hasOwnProperty: Object }
        type Object @key(fields: "constructor") {
          constructor: ID! toString: String @external isPrototypeOf: String @requires(fields: "toString")
        }
        type valueOf @key(fields: "constructor") {
          constructor: ID! toString: String @external isPrototypeOf: String @requires(fields: "toString")
        }`,
    },
  };
}

export const outlyingCorners: Readonly<Record<string, World>> = {
  'objects for one interface that are known by different keys': standInsByOtherKeys(),
  'requirements with arguments and in lists of lists': requiredLists(),
  'keys that are null': nullKeys(),
  'names that every object inherits': inheritedNames(),
};
