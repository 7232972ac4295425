/**
 * Small federations about abstract types and about keys: an interface that several subgraphs know as an object, what is
 * provided through fragments, interfaces of interfaces that only some know, keys of every scalar.
 */
import type { Row, World } from './world.ts';

const byId = (rows: readonly Row[]) => (given: Record<string, unknown>) =>
  rows.find((row) => row.id === given.id) ?? null;

/** One subgraph knows the types; others know the interface as an object, require what others of them have, or only refer to it. */
function standIns(): World {
  const media: Row[] = [0, 1, 2, 3].map((i) => ({
    __typename: i % 2 === 0 ? 'Book' : 'Film',
    id: `p${i}`,
    title: `Title ${i}`,
    pages: i,
    minutes: i * 2,
    stars: i === 2 ? null : i,
    likes: i * 3,
    price: i === 1 ? null : i * 1.5,
    score: (_: unknown, self: Row) => Number(self.stars ?? 0) + Number(self.likes),
    blurb: (_: unknown, self: Row) => `${self.title}!`,
  }));
  const carts: Row[] = [0, 1].map((i) => ({
    __typename: 'Cart',
    id: `c${i}`,
    items: [media[i], media[i + 2]],
    first: media[i],
  }));
  media.forEach((row, i) => {
    Object.assign(row, {
      next: media[(i + 1) % 4],
      rivals: [[media[(i + 2) % 4], null], []],
      cart: i === 3 ? null : carts[i % 2],
    });
  });
  return {
    keys: ['id'],
    rows: [...media, ...carts],
    roots: {
      media,
      item: byId(media),
      starred: [media[1], media[2]],
      liked: media[3],
      likedOnes: [media[0], null],
      carts,
    },
    subgraphs: {
      library: `
        type Query { media: [Media!]! item(id: ID!): Media }
        interface Media @key(fields: "id") { id: ID! title: String! }
        type Book implements Media @key(fields: "id") { id: ID! title: String! pages: Int! }
        type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int! }`,
      ratings: `
        type Query { starred: [Media!] }
        type Media @interfaceObject @key(fields: "id") {
          id: ID! stars: Int next: Media! likes: Int @external score: Int @requires(fields: "likes")
        }`,
      likes: `
        type Query { liked: Media likedOnes: [Media] }
        type Media @interfaceObject @key(fields: "id") { id: ID! likes: Int rivals: [[Media]!] }`,
      carts: `
        type Query { carts: [Cart!]! }
        type Cart @key(fields: "id") { id: ID! items: [Media!]! first: Media }
        type Media @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }`,
      prices: `
        type Media @interfaceObject @key(fields: "id") {
          id: ID! price: Float cart: Cart title: String! @external blurb: String @requires(fields: "title")
        }
        type Cart @key(fields: "id", resolvable: false) { id: ID! }`,
    },
  };
}

/** Of the members of a union and of an interface, each other fields; also fields that others require. */
function providedFragments(): World {
  const authors: Row[] = [0, 1].map((i) => ({
    __typename: 'Author',
    id: `u${i}`,
    name: `Author ${i}`,
    age: i === 0 ? 40 : null,
  }));
  const items: Row[] = [0, 1, 2, 3].map((i) => ({
    __typename: i % 2 === 0 ? 'Book' : 'Song',
    id: `t${i}`,
    title: i === 3 ? null : `Title ${i}`,
    author: authors[i % 2],
    pages: i * 10,
    seconds: i * 60,
    size: (_: unknown, self: Row) => Number(self.pages) * 2,
    length: (_: unknown, self: Row) => `${self.seconds} s`,
  }));
  items.forEach((item, i) => {
    Object.assign(item, { similar: [items[(i + 1) % 4], null] });
  });
  authors.forEach((author, i) => {
    Object.assign(author, { works: items.filter((item) => item.author === author), best: items[i] });
  });
  return {
    keys: ['id'],
    rows: [...authors, ...items],
    roots: { feed: items, item: byId(items), works: [[items[0], items[1]], [null]], authors },
    subgraphs: {
      feed: `
        union Item = Book | Song
        interface Work { id: ID! title: String }
        type Query {
          feed: [Item!]! @provides(fields: "... on Book { title author { name } } ... on Song { title }")
          works: [[Work]] @provides(fields: "... on Book { pages } ... on Song { seconds title }")
          item(id: ID!): Work @provides(fields: "... on Book { title }")
        }
        type Book implements Work @key(fields: "id") {
          id: ID! title: String @external author: Author @external pages: Int @external
          similar: [Item] @provides(fields: "... on Song { title author { name } }")
        }
        type Song implements Work @key(fields: "id") {
          id: ID! title: String @external author: Author @external seconds: Int @external similar: [Item]
        }
        type Author @key(fields: "id") { id: ID! name: String @external }`,
      works: `
        interface Work { id: ID! author: Author }
        type Query { authors: [Author!]! @provides(fields: "best { ... on Book { pages } }") }
        type Book implements Work @key(fields: "id") {
          id: ID! title: String @shareable author: Author @shareable
          pages: Int @external size: Int @requires(fields: "pages")
        }
        type Song implements Work @key(fields: "id") {
          id: ID! title: String @shareable author: Author @shareable
          seconds: Int @external length: String @requires(fields: "seconds")
        }
        type Author @key(fields: "id") {
          id: ID! name: String @shareable best: Work
          works: [Work!]! @provides(fields: "... on Book { pages } ... on Song { seconds }")
        }`,
      lengths: `
        type Book @key(fields: "id") { id: ID! pages: Int @shareable }
        type Song @key(fields: "id") { id: ID! seconds: Int @shareable }
        type Author @key(fields: "id") { id: ID! age: Int }`,
    },
  };
}

/** Interfaces that others refine, narrower types of fields, interfaces and unions of which a subgraph knows nothing. */
function interfacesOfInterfaces(): World {
  const make = (type: string, i: number): Row => ({
    __typename: type,
    id: `${type.charAt(0).toLowerCase()}${i}`,
    name: i === 0 ? null : `${type} ${i}`,
    age: i,
    legs: 4,
    wheels: i + 2,
    weight: i * 1.5,
    engine: `Engine ${i}`,
    sound: `Sound ${i}`,
  });
  const of = (type: string) => [make(type, 0), make(type, 1)];
  const [dogs, cats, cars] = [of('Dog'), of('Cat'), of('Auto')];
  const animals = [...dogs, ...cats];
  const all = [...animals, ...cars];
  const friends = new Map([
    ['Dog', cats],
    ['Cat', dogs],
    ['Auto', cars],
  ]);
  all.forEach((row, i) => {
    Object.assign(row, {
      friend: friends.get(row.__typename)?.[i % 2],
      parts: [all[(i + 1) % 6], null],
      owner: animals[i % 4],
      named: all[(i + 2) % 6],
    });
  });
  return {
    keys: ['id'],
    rows: all,
    roots: { animals, thing: byId(all), things: [dogs[0], null, cars[1]], movers: [[dogs[0], cars[1]], []] },
    subgraphs: {
      things: `
        interface Thing { id: ID! name: String friend: Thing }
        interface Animal implements Thing { id: ID! name: String friend: Animal legs: Int! }
        type Query { animals: [Animal!]! thing(id: ID!): Thing things: [Thing] }
        type Dog implements Thing & Animal @key(fields: "id") {
          id: ID! name: String friend: Cat legs: Int! named: Thing
        }
        type Cat implements Thing & Animal @key(fields: "id") {
          id: ID! name: String friend: Dog! legs: Int! named: Thing
        }
        type Auto implements Thing @key(fields: "id") { id: ID! name: String friend: Auto named: Thing }`,
      movers: `
        interface Mover { id: ID! weight: Float parts: [Any] }
        interface Engined { engine: String }
        union Any = Dog | Auto | Cat
        type Query { movers: [[Mover!]!]! }
        type Dog implements Mover @key(fields: "id") { id: ID! weight: Float parts: [Any] }
        type Auto implements Mover & Engined @key(fields: "id") {
          id: ID! weight: Float parts: [Any] engine: String wheels: Int!
        }
        type Cat @key(fields: "id") { id: ID! sound: String }`,
      ages: `
        interface Aged { age: Int! owner: Animal }
        interface Animal { id: ID! age: Int! }
        type Dog implements Aged & Animal @key(fields: "id") { id: ID! age: Int! owner: Animal }
        type Cat implements Aged & Animal @key(fields: "id") { id: ID! age: Int! owner: Animal }`,
    },
  };
}

/** Numbers, enums, truth and whole objects in keys, and text that has to be escaped. */
function typedKeys(): World {
  const things: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Thing',
    id: `t${i}`,
    number: i,
    ratio: i + 0.5,
    kind: ['RED', 'BLUE', 'RED'][i],
    on: i === 1,
    blob: { k: [i, { z: null }] },
    text: `a"b\\${i}\n`,
    first: `First ${i}`,
    second: i === 2 ? null : `Second ${i}`,
    third: `Third ${i}`,
    fourth: [i, null],
    fifth: { free: i },
  }));
  things.forEach((thing, i) => {
    Object.assign(thing, { next: things[(i + 1) % 3], grid: [[thing, null], [things[0]]] });
  });
  return {
    keys: ['number', 'ratio', 'text'],
    rows: things,
    roots: {
      things,
      thing: ({ number }: Record<string, unknown>) => things[Number(number ?? 0)] ?? null,
      last: things[2],
    },
    subgraphs: {
      numbers: `
        scalar Json
        enum Kind { RED BLUE }
        type Query { things: [Thing!]! thing(number: Int): Thing }
        type Thing @key(fields: "number kind") @key(fields: "ratio on") {
          number: Int! kind: Kind! ratio: Float! on: Boolean! first: String next: Thing grid: [[Thing]]
          blob: Json! @shareable text: String! @shareable
        }`,
      kinds: `
        enum Kind { RED BLUE }
        type Thing @key(fields: "number kind") { number: Int! kind: Kind! second: String! }`,
      ratios: `
        scalar Json
        type Query { last: Thing }
        type Thing @key(fields: "ratio on") @key(fields: "text blob") {
          ratio: Float! on: Boolean! third: String text: String! blob: Json!
        }`,
      texts: `
        scalar Json
        type Thing @key(fields: "text blob") { text: String! blob: Json! fourth: [Int] fifth: Json }`,
    },
  };
}

export const abstractCorners: Readonly<Record<string, World>> = {
  'interfaces that several know as objects': standIns(),
  'what is provided through fragments': providedFragments(),
  'interfaces of interfaces': interfacesOfInterfaces(),
  'keys of every scalar': typedKeys(),
};
