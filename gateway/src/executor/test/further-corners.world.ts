/**
 * Small federations about what reaches a field from far away: from a context above it, through an interface that others
 * know as an object, by keys inside keys, past what clients may not see.
 */
import type { Row, World } from './world.ts';

const byId = (rows: readonly Row[]) => (given: Record<string, unknown>) =>
  rows.find((row) => row.id === given.id) ?? null;

/**
 * What a context says comes as an argument to the subgraph. In one schema there is none, and the row knows what stands above
 * it: every desk and every card has one place.
 */
function contexts(): World {
  const fromAbove = (name: string, above: Row, field: string) => (given: Record<string, unknown>) =>
    name in given ? given[name] : above[field];
  const users: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 2 ? 'Guest' : 'User',
    id: `u${i}`,
    locale: i === 1 ? null : ['nb', 'de', 'fr'][i],
    plan: `plan ${i}`,
    name: `Name ${i}`,
  }));
  const desks: Row[] = users.map((user, i) => ({
    __typename: 'Desk',
    id: `d${i}`,
    size: i * 10,
    greeting: (given: Record<string, unknown>) =>
      `d${i} in ${fromAbove('locale', user, 'locale')(given)} for ${fromAbove('plan', user, 'plan')(given)}`,
  }));
  const cards: Row[] = [0, 1, 2, 3, 4, 5].map((i) => ({
    __typename: 'Card',
    id: `c${i}`,
    price: i === 5 ? null : i * 3,
    label: (given: Record<string, unknown>) =>
      `c${i}${given.loud === true ? '!' : ''} in ${fromAbove('locale', users[i % 3] as Row, 'locale')(given)}`,
  }));
  users.forEach((user, i) => {
    Object.assign(desks[i] as object, { cards: [[cards[i]], [null]] });
    Object.assign(user, { desk: desks[i], cards: [cards[i + 3], null] });
  });
  return {
    keys: ['id'],
    rows: [...users, ...desks, ...cards],
    roots: { people: users, user: users[1], person: byId(users) },
    subgraphs: {
      people: `
        type Query { people: [Person]! user: User person(id: ID!): Person }
        interface Person { id: ID! desk: Desk }
        type User implements Person @key(fields: "id") @context(name: "reader") {
          id: ID! locale: String plan: String! desk: Desk cards: [Card]
        }
        type Guest implements Person @key(fields: "id") @context(name: "reader") {
          id: ID! locale: String plan: String! desk: Desk cards: [Card]
        }
        type Desk @key(fields: "id") {
          id: ID! cards: [[Card]!]
          greeting(
            locale: String @fromContext(field: "$reader { locale }")
            plan: String @fromContext(field: "$reader ... on User { plan } ... on Guest { plan }")
          ): String!
        }
        type Card @key(fields: "id") {
          id: ID! label(loud: Boolean, locale: String @fromContext(field: "$reader { locale }")): String
        }`,
      sizes: `
        type Desk @key(fields: "id") { id: ID! size: Int }
        type Card @key(fields: "id") { id: ID! price: Int! }`,
      names: `
        type User @key(fields: "id") { id: ID! name: String }
        type Guest @key(fields: "id") { id: ID! name: String! }`,
    },
  };
}

/** What an interface's stand-in requires is deep below it, or of the next one. */
function requiredOfStandIns(): World {
  const owners: Row[] = [0, 1].map((i) => ({
    __typename: 'Owner',
    id: `o${i}`,
    name: `Owner ${i}`,
    age: i === 1 ? null : 30,
  }));
  const pets: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 1 ? 'Cat' : 'Dog',
    id: `p${i}`,
    name: i === 2 ? null : `Pet ${i}`,
    chip: { __typename: 'Chip', number: i * 100, maker: { __typename: 'Maker', title: `Maker ${i}` } },
    owner: i === 1 ? null : owners[i % 2],
    lives: 9,
    bark: `Woof ${i}`,
    score: i,
  }));
  pets.forEach((pet, i) => {
    Object.assign(pet, {
      friend: pets[(i + 1) % 3],
      tag: (_: unknown, self: Row) => {
        const chip = self.chip as Row;
        return `${chip.number} ${(chip.maker as Row).title}`;
      },
      contact: (_: unknown, self: Row) => {
        const owner = self.owner as Row | null;
        return owner ? `${owner.name} (${owner.age ?? '?'})` : null;
      },
      rival: (_: unknown, self: Row) => {
        const friend = self.friend as Row;
        return `${friend.name ?? '?'} of ${(friend.owner as Row | null)?.name ?? '?'}`;
      },
    });
  });
  Object.assign(owners[0] as object, { pets: [pets[0], pets[1]], first: pets[0] });
  Object.assign(owners[1] as object, { pets: [null, pets[2]], first: pets[1] });
  return {
    keys: ['id'],
    rows: [...owners, ...pets],
    roots: { pets, pet: byId(pets), owners, scored: [pets[2], null, pets[1]] },
    subgraphs: {
      pets: `
        type Query { pets: [Pet!]! pet(id: ID!): Pet }
        interface Pet @key(fields: "id") { id: ID! name: String chip: Chip! friend: Pet! owner: Owner }
        type Chip { number: Int! maker: Maker! }
        type Maker { title: String! }
        type Cat implements Pet @key(fields: "id") {
          id: ID! name: String chip: Chip! friend: Pet! owner: Owner lives: Int!
        }
        type Dog implements Pet @key(fields: "id") {
          id: ID! name: String chip: Chip! friend: Pet! owner: Owner bark: String
        }
        type Owner @key(fields: "id") { id: ID! name: String! }`,
      scores: `
        type Query { scored: [Pet] }
        type Pet @interfaceObject @key(fields: "id") {
          id: ID! score: Int!
          chip: Chip! @external tag: String! @requires(fields: "chip { number maker { title } }")
          owner: Owner @external contact: String @requires(fields: "owner { name age }")
          friend: Pet! @external name: String @external
          rival: String @requires(fields: "friend { name owner { name } }")
        }
        type Chip @external { number: Int! maker: Maker! }
        type Maker @external { title: String! }
        type Owner @key(fields: "id") { id: ID! name: String! @external age: Int @external }`,
      owners: `
        type Query { owners: [Owner!]! }
        type Owner @key(fields: "id") { id: ID! age: Int pets: [Pet] first: Pet }
        type Pet @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }`,
    },
  };
}

/** Keys with entities in them, lists in them, and a chain of keys from one to another. */
function keysInKeys(): World {
  const firms: Row[] = [0, 1].map((i) => ({
    __typename: 'Firm',
    id: `f${i}`,
    code: `F-${i}`,
    title: i === 0 ? 'Firm' : null,
    staff: i * 7,
  }));
  const rooms: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Room',
    id: `r${i}`,
    door: `door ${i}`,
    firm: firms[i % 2],
    place: { __typename: 'Place', floor: i, wing: { __typename: 'Wing', letter: 'ABC'[i] } },
    seats: i * 4,
    light: i === 1 ? null : `Light ${i}`,
    price: i + 0.5,
    note: `Note ${i}`,
    total: (_: unknown, self: Row) => Number(self.seats) * Number(self.price),
  }));
  rooms.forEach((room, i) => {
    Object.assign(room, { next: rooms[(i + 1) % 3], around: [[rooms[i], null], [rooms[(i + 2) % 3]]] });
  });
  firms.forEach((firm) => {
    Object.assign(firm, { rooms: rooms.filter((room) => room.firm === firm), best: rooms[0] });
  });
  return {
    keys: ['id', 'door', 'code'],
    rows: [...firms, ...rooms],
    roots: { rooms, room: byId(rooms), firms, open: rooms[1], cheap: [rooms[2], rooms[0]] },
    subgraphs: {
      rooms: `
        type Query { rooms: [Room!]! room(id: ID!): Room }
        type Room @key(fields: "id") @key(fields: "firm { code } door") {
          id: ID! door: String! firm: Firm! place: Place! @shareable next: Room! around: [[Room]!]!
        }
        type Place @shareable { floor: Int! wing: Wing! }
        type Wing @shareable { letter: String! }
        type Firm @key(fields: "id") @key(fields: "code") { id: ID! code: String! }`,
      seats: `
        type Query { open: Room }
        type Room @key(fields: "firm { code } door") @key(fields: "door place { floor wing { letter } }") {
          door: String! firm: Firm! place: Place! seats: Int!
        }
        type Place @shareable { floor: Int! wing: Wing! }
        type Wing @shareable { letter: String! }
        type Firm @key(fields: "code") { code: String! staff: Int }`,
      lights: `
        type Query { cheap: [Room!] }
        type Room @key(fields: "door place { floor wing { letter } }") {
          door: String! place: Place! light: String price: Float!
          seats: Int! @external total: Float @requires(fields: "seats")
        }
        type Place @shareable { floor: Int! wing: Wing! }
        type Wing @shareable { letter: String! }`,
      firms: `
        type Query { firms: [Firm!]! }
        type Firm @key(fields: "id code") { id: ID! code: String! title: String rooms: [Room!]! best: Room }
        type Room @key(fields: "firm { id code } id") { id: ID! firm: Firm! note: String }`,
    },
  };
}

/** What clients may not see is what keys, requirements and objects are made of. */
function unseen(): World {
  const secrets: Row[] = [0, 1].map((i) => ({ __typename: 'Secret', id: `s${i}`, level: i, word: `w${i}` }));
  const notes: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Note',
    id: `n${i}`,
    ref: `ref-${i}`,
    text: `Text ${i}`,
    draft: i === 1,
    mood: ['CALM', 'LOUD', 'CALM'][i],
    secret: secrets[i % 2],
    size: i,
    mark: (_: unknown, self: Row) => `${self.draft ? '*' : ''}${(self.secret as Row).level}`,
    times: ({ by }: Record<string, unknown>, self: Row) => Number(self.size) * Number(by ?? 1),
  }));
  const books: Row[] = [0, 1].map((i) => ({
    __typename: 'Book',
    id: `b${i}`,
    text: i === 0 ? 'Book text' : null,
    notes: [notes[i], notes[2]],
    cover: { __typename: 'Cover', colour: 'red', print: `print ${i}` },
  }));
  notes.forEach((note, i) => {
    Object.assign(note, { about: [books[i % 2], notes[(i + 1) % 3], null], within: books[i % 2] });
  });
  return {
    keys: ['ref', 'id'],
    rows: [...notes, ...books],
    roots: { notes, note: byId(notes), texts: [books[0], notes[1], null], latest: notes[2], books },
    subgraphs: {
      notes: `
        type Query { notes: [Note!]! note(id: ID!): Note texts: [Text] }
        interface Text { id: ID! text: String }
        interface Hidden @inaccessible { id: ID! ref: ID! }
        enum Mood { CALM LOUD }
        type Note implements Text & Hidden @key(fields: "ref") {
          id: ID! ref: ID! @inaccessible text: String mood: Mood draft: Boolean! @inaccessible
          secret: Secret! @inaccessible about: [Thing]
        }
        type Secret @inaccessible @shareable { id: ID! level: Int! word: String }
        type Book implements Text @key(fields: "id") { id: ID! text: String @shareable cover: Cover }
        type Cover { colour: String print: String @inaccessible }
        union Thing = Note | Book | Secret`,
      marks: `
        type Query { latest: Note }
        type Note @key(fields: "ref") {
          ref: ID! draft: Boolean! @external secret: Secret! @external size: Int!
          mark: String @requires(fields: "draft secret { level }")
          times(by: Int, from: Int @inaccessible): Int within: Book
        }
        type Secret @inaccessible { level: Int! @external }
        type Book @key(fields: "id") { id: ID! }`,
      books: `
        type Query { books: [Book!]! secretBooks: [Book!] @inaccessible }
        type Book @key(fields: "id") { id: ID! text: String @shareable notes: [Note!]! }
        type Note @key(fields: "ref", resolvable: false) { ref: ID! @inaccessible }`,
    },
  };
}

/** Everything that must not be null, in lists in lists, on the way from one subgraph to the next. */
function mustNotBeNull(): World {
  const leaves: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 2 ? 'Twig' : 'Leaf',
    id: `l${i}`,
    name: `Leaf ${i}`,
    age: i,
    marks: [i, i + 1],
    grid: [[i], [i + 1, i + 2]],
    colour: `Colour ${i}`,
    shade: i === 1 ? null : `Shade ${i}`,
    wood: `Wood ${i}`,
  }));
  const trees: Row[] = [0, 1].map((i) => ({
    __typename: 'Tree',
    id: `t${i}`,
    name: `Tree ${i}`,
    leaves: [leaves[i], leaves[2]],
    rows: [[leaves[0], leaves[1]], [leaves[2]]],
    maybe: [[leaves[i]], null, [null]],
    strict: [[leaves[1]], []],
    height: i + 1,
    root: { __typename: 'Root', depth: i, leaf: leaves[i], leaves: [leaves[2]] },
  }));
  leaves.forEach((leaf, i) => {
    Object.assign(leaf, { tree: trees[i % 2], other: leaves[(i + 1) % 3], near: [leaves[(i + 2) % 3]] });
  });
  return {
    keys: ['id'],
    rows: [...leaves, ...trees],
    roots: { trees, tree: trees[0], leaves, leaf: leaves[0], forest: [[trees[0], trees[1]], [trees[1]]] },
    subgraphs: {
      trees: `
        type Query { trees: [Tree!] tree: Tree! forest: [[Tree!]!] }
        interface Part { id: ID! name: String! }
        type Tree @key(fields: "id") {
          id: ID! name: String! leaves: [Part!]! rows: [[Part!]!]! maybe: [[Part]] strict: [[Part!]!] root: Root!
        }
        type Root { depth: Int! leaf: Leaf leaves: [Twig!] }
        type Leaf implements Part @key(fields: "id") { id: ID! name: String! age: Int! }
        type Twig implements Part @key(fields: "id") { id: ID! name: String! age: Int! }`,
      leaves: `
        type Query { leaves: [Part!]! leaf: Part }
        interface Part { id: ID! colour: String! other: Part! near: [Part!] }
        type Leaf implements Part @key(fields: "id") {
          id: ID! colour: String! shade: String marks: [Int!]! grid: [[Int!]!] other: Part! near: [Part!] tree: Tree!
        }
        type Twig implements Part @key(fields: "id") {
          id: ID! colour: String! wood: String! grid: [[Int]!]! other: Part! near: [Part!]
        }
        type Tree @key(fields: "id") { id: ID! height: Int! }`,
    },
  };
}

/** Provided by fields of interfaces and by members of unions, of which another subgraph knows more. */
function providedByInterfaces(): World {
  const makers: Row[] = [0, 1].map((i) => ({
    __typename: 'Maker',
    id: `m${i}`,
    name: `Maker ${i}`,
    city: `C${i}`,
  }));
  const goods: Row[] = [0, 1, 2].map((i) => ({
    __typename: ['Cup', 'Plate', 'Fork'][i] as string,
    id: `g${i}`,
    title: i === 1 ? null : `Good ${i}`,
    maker: makers[i % 2],
    volume: 3,
    width: 4,
    teeth: 5,
    price: i * 2,
  }));
  goods.forEach((good, i) => {
    Object.assign(good, { pair: goods[(i + 1) % 3], set: [goods[i], null, goods[(i + 2) % 3]] });
  });
  makers.forEach((maker, i) => {
    Object.assign(maker, { goods: goods.filter((good) => good.maker === maker), pride: goods[i] });
  });
  return {
    keys: ['id'],
    rows: [...makers, ...goods],
    roots: { goods, offer: goods[1], offers: [[goods[2], goods[0]], [null]], makers, window: goods },
    subgraphs: {
      shop: `
        type Query {
          goods: [Good!]! @provides(fields: "... on Cup { title maker { name } } ... on Plate { maker { city } }")
          offer: Offer @provides(fields: "... on Plate { title } ... on Cup { volume }")
          offers: [[Good]!] @provides(fields: "... on Fork { teeth title }")
        }
        interface Good { id: ID! pair: Good }
        union Offer = Cup | Plate
        type Cup implements Good @key(fields: "id") {
          id: ID! pair: Good @shareable title: String @external maker: Maker @external volume: Int @external
        }
        type Plate implements Good @key(fields: "id") {
          id: ID! pair: Good @shareable title: String @external maker: Maker @external
        }
        type Fork implements Good @key(fields: "id") {
          id: ID! pair: Good @shareable title: String @external teeth: Int! @external
        }
        type Maker @key(fields: "id") { id: ID! name: String! @external city: String @external }`,
      makers: `
        type Query { makers: [Maker!]! @provides(fields: "pride { ... on Cup { price } }") }
        interface Thing { id: ID! title: String maker: Maker }
        type Cup implements Thing @key(fields: "id") {
          id: ID! title: String @shareable maker: Maker @shareable volume: Int @shareable price: Int @external
          set: [Thing] @provides(fields: "... on Fork { price } ... on Plate { price }")
        }
        type Plate implements Thing @key(fields: "id") {
          id: ID! title: String @shareable maker: Maker @shareable width: Int price: Int @external
        }
        type Fork implements Thing @key(fields: "id") {
          id: ID! title: String @shareable maker: Maker teeth: Int! @shareable price: Int @external
        }
        type Maker @key(fields: "id") {
          id: ID! name: String! @shareable city: String @shareable goods: [Thing!] pride: Thing
        }`,
      prices: `
        interface Good { id: ID! price: Int pair: Good }
        type Query { window: [Good] }
        type Cup implements Good @key(fields: "id") { id: ID! price: Int @shareable pair: Good @shareable }
        type Plate implements Good @key(fields: "id") { id: ID! price: Int @shareable pair: Good @shareable }
        type Fork implements Good @key(fields: "id") { id: ID! price: Int @shareable pair: Good @shareable }`,
    },
  };
}

/** Enums, inputs and lists of inputs of which each knows something else; variables and defaults in them. */
function partOfInputs(): World {
  // Fields of inputs have no order.
  const told = (value: unknown): string =>
    JSON.stringify(value ?? null, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    );
  const things: Row[] = [0, 1].map((i) => ({
    __typename: 'Thing',
    id: `t${i}`,
    kind: 'SMALL',
    kinds: ['SMALL', 'BIG'],
    state: 'ON',
    told: ({ wish }: Record<string, unknown>) => told(wish),
    sized: ({ kind }: Record<string, unknown>) => kind === 'SMALL',
    many: ({ wishes, kinds }: Record<string, unknown>) => told([wishes ?? null, kinds ?? null]),
  }));
  things.forEach((thing, i) => {
    Object.assign(thing, { next: things[1 - i] });
  });
  return {
    keys: ['id'],
    rows: things,
    roots: { things, thing: byId(things), wished: ({ wish }: Record<string, unknown>) => told(wish) },
    subgraphs: {
      a: `
        enum Kind { SMALL BIG HUGE }
        enum State { ON OFF }
        input Wish { id: ID kind: Kind = SMALL deep: Deep note: String }
        input Deep { list: [[Int!]] on: Boolean = true kinds: [Kind!] }
        type Query { things: [Thing!]! wished(wish: Wish! = { id: "x" }): String }
        type Thing @key(fields: "id") {
          id: ID! kind: Kind! @shareable kinds: [Kind!] state: State! @shareable next: Thing
          told(wish: Wish): String sized(kind: Kind = BIG): Boolean
        }`,
      b: `
        enum Kind { BIG SMALL HUGE }
        enum State { ON OFF GONE }
        input Wish { kind: Kind = SMALL deep: Deep id: ID other: Int }
        input Deep { on: Boolean = true list: [[Int!]] kinds: [Kind!] more: String }
        type Query { thing(id: ID!): Thing }
        type Thing @key(fields: "id") {
          id: ID! kind: Kind! @shareable state: State! @shareable
          many(wishes: [Wish!], kinds: [[Kind!]] = [[SMALL]]): String
        }`,
    },
  };
}

export const furtherCorners: Readonly<Record<string, World>> = {
  'arguments from contexts': contexts(),
  'requirements of what stands for an interface': requiredOfStandIns(),
  'keys inside keys': keysInKeys(),
  'what clients may not see': unseen(),
  'what must not be null': mustNotBeNull(),
  'provided through interfaces and unions': providedByInterfaces(),
  'inputs of which each knows a part': partOfInputs(),
};
