/** Root types that subgraphs call as they like, that are shared by all of them, and that lead back to themselves. */
import type { Row, World } from './world.ts';

const things: Row[] = [0, 1, 2].map((i) => ({
  __typename: 'Thing',
  id: `r${i}`,
  name: `Thing ${i}`,
  price: i === 1 ? null : i,
  size: i * 10,
  label: (_: unknown, self: Row) => (typeof self.price === 'number' ? `costs ${self.price}` : null),
}));
things.forEach((thing, i) => {
  Object.assign(thing, {
    next: things[(i + 1) % 3],
    tags: [[`tag ${i}`, null], null, []],
    grid: [[things[(i + 2) % 3], null], null],
  });
});
const roots: Record<string, unknown> = {
  things,
  thing: ({ id }: Record<string, unknown>) => things.find((row) => row.id === id) ?? null,
  first: things[0],
  both: things[1],
  settings: {
    __typename: 'Settings',
    id: 'settings',
    a: 1,
    b: 2,
    c: null,
    deep: { __typename: 'Deep', id: 'deep', x: 'x', y: null, z: 'z' },
  },
};
const again: Row = { __typename: 'Query', id: 'root', ...roots };
roots.again = again;
Object.assign(again, { again });

export const renamedRoots: World = {
  keys: ['id'],
  rows: things,
  roots,
  subgraphs: {
    a: `
      schema { query: QueryOfA }
      type QueryOfA { things: [Thing!]! thing(id: ID!): Thing settings: Settings! @shareable both: Thing @shareable }
      type Settings @shareable { a: Int deep: Deep }
      type Deep @shareable { x: String }
      type Thing @key(fields: "id") { id: ID! name: String @shareable price: Int next: Thing grid: [[Thing]] }`,
    b: `
      schema { query: QueryOfB }
      type QueryOfB { first: Thing settings: Settings! @shareable both: Thing @shareable again: QueryOfB }
      type Settings @shareable { b: Int deep: Deep }
      type Deep @shareable { y: String }
      type Thing @key(fields: "id") {
        id: ID! size: Int tags: [[String]] price: Int @external label: String @requires(fields: "price")
      }`,
    c: `
      type Query { settings: Settings! @shareable }
      type Settings @shareable { c: Int a: Int deep: Deep }
      type Deep @shareable { z: String x: String }`,
  },
};
