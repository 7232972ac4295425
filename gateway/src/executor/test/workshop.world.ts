/** Compound keys that not everybody resolves, moved fields, provided fields, members that one subgraph alone knows, entities that are missing somewhere. */
import type { Row, World } from './world.ts';

const makers: Row[] = [0, 1].map((i) => ({
  __typename: 'Maker',
  id: `k${i}`,
  name: `Maker ${i}`,
  country: i === 0 ? 'NO' : null,
}));
const parts: Row[] = [0, 1, 2].map((i) => ({
  __typename: 'Part',
  id: `t${i}`,
  code: { __typename: 'Code', id: `code${i}`, maker: `M${i}`, number: 100 + i },
  name: `Part ${i}`,
  weight: i === 1 ? null : i * 2.5,
  price: ({ currency }: Record<string, unknown>) => (currency === 'EUR' ? i * 2 : i),
  label: (_: unknown, self: Row) => `${self.name}!`,
  heavy: (_: unknown, self: Row) => (typeof self.weight === 'number' ? self.weight > 3 : null),
  maker: makers[i % 2],
  shelf: i === 2 ? null : `S${i}`,
}));
const tools: Row[] = [0, 1].map((i) => ({
  __typename: i === 0 ? 'Saw' : 'Drill',
  id: `w${i}`,
  name: `Tool ${i}`,
  teeth: 40,
  watts: 700,
  uses: [[parts[i]], [null, parts[2]], []],
  owner: makers[i],
}));
parts.forEach((part, i) => {
  Object.assign(part, {
    fits: [tools[i % 2], null],
    spare: parts[(i + 1) % 3],
    boxes: [[part], [parts[0], null]],
  });
});
makers.forEach((maker, i) => {
  Object.assign(maker, {
    parts: parts.filter((part) => part.maker === maker),
    best: tools[i],
    partner: makers[1 - i],
  });
});

export const workshop: World = {
  keys: ['id'],
  rows: [...makers, ...parts, ...tools],
  roots: {
    parts,
    part: ({ id }: Record<string, unknown>) => parts.find((row) => row.id === id) ?? null,
    tools: [tools[0], null, tools[1]],
    find: ({ id }: Record<string, unknown>) => [...tools, ...parts].find((row) => row.id === id) ?? null,
    stocked: parts,
    maker: makers[0],
    makers,
    drawers: [[parts[0], parts[1]], [], [null]],
  },
  subgraphs: {
    design: `
      type Query { parts: [Part!]! part(id: ID!): Part tools: [Tool] find(id: ID!): Thing }
      type Part @key(fields: "id") @key(fields: "code { maker }", resolvable: false) {
        id: ID! code: Code! name: String! weight: Float @shareable spare: Part price(currency: Currency): Int
        boxes: [[Part]!] shelf: String
      }
      type Code @shareable { maker: String! number: Int! }
      enum Currency { EUR USD }
      interface Tool { id: ID! name: String }
      type Saw implements Tool @key(fields: "id") { id: ID! name: String teeth: Int! uses: [[Part]!]! }
      type Drill implements Tool @key(fields: "id") { id: ID! name: String watts: Int uses: [[Part]!]! }
      union Thing = Saw | Drill | Part`,
    stock: `
      type Query { stocked: [Part!]! drawers: [[Part]!]! }
      type Part
        @key(fields: "code { maker }", resolvable: false)
        @key(fields: "id code { number }")
        @key(fields: "id", resolvable: false) {
        id: ID! code: Code!
        name: String! @external weight: Float @external
        label: String! @requires(fields: "name")
        heavy: Boolean @requires(fields: "weight")
        shelf: String @override(from: "design")
        fits: [Fitting]
      }
      type Code @shareable { maker: String! number: Int! }
      union Fitting = Saw | Drill
      type Saw @key(fields: "id") { id: ID! }
      type Drill @key(fields: "id") { id: ID! }`,
    trade: `
      type Query { maker: Maker! makers: [Maker!]! @provides(fields: "partner { name }") }
      type Maker @key(fields: "id") {
        id: ID! country: String partner: Maker @external name: String! @external
        parts: [Part!]! best: Owned
      }
      type Part @key(fields: "id") { id: ID! maker: Maker }
      interface Owned { owner: Maker }
      type Saw implements Owned @key(fields: "id") { id: ID! owner: Maker }
      type Drill implements Owned @key(fields: "id") { id: ID! owner: Maker }`,
    people: `
      type Maker @key(fields: "id") { id: ID! name: String! @shareable partner: Maker @shareable }`,
  },
};
