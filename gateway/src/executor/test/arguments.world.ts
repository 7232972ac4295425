/** Fields that answer with the arguments they were given: what a client gives is what every subgraph is given, by its defaults. */
import type { Row, World } from './world.ts';

const echo = (given: Record<string, unknown>): string => JSON.stringify(given);

const echoes: Row[] = [0, 1].map((i) => ({
  __typename: 'Echo',
  id: `e${i}`,
  tag: i === 0 ? 'x' : null,
  said: echo,
  deep: echo,
  other: echo,
  needs: (_: unknown, self: Row) => `of ${self.tag}`,
  both: (given: Record<string, unknown>, self: Row) => `${self.tag} ${echo(given)}`,
  list: ({ n }: Record<string, unknown>) => echoes.slice(0, typeof n === 'number' ? n : 2),
}));
echoes.forEach((row, i) => {
  Object.assign(row, { peer: echoes[1 - i] });
});

const INPUTS = `
  enum Kind { A B }
  input Filter { x: Int = 7 y: [Int!] part: Part text: String }
  input Part { kind: Kind = A parts: [[Part!]] on: Boolean }`;

export const argumentsOfAllKinds: World = {
  keys: ['id'],
  rows: echoes,
  roots: {
    echoes,
    one: ({ filter }: Record<string, unknown>) => echoes[(filter as { x?: number } | null)?.x === 1 ? 1 : 0],
    search: ({ filters }: Record<string, unknown>) => ((filters ?? []) as unknown[]).map(() => echoes[0]),
  },
  subgraphs: {
    a: `${INPUTS}
      type Query { echoes: [Echo!]! one(filter: Filter = { x: 1, part: { kind: B } }): Echo }
      type Echo @key(fields: "id") {
        id: ID! tag: String
        said(filter: Filter, text: String = "default", kind: Kind = B, ids: [ID!], number: Float): String
        list(n: Int): [Echo] peer: Echo
      }`,
    b: `${INPUTS}
      type Query { search(filters: [Filter!], text: String): [Echo] }
      type Echo @key(fields: "id") {
        id: ID! deep(parts: [Part], texts: [String!]! = ["one"], filter: Filter): String
        other(kinds: [Kind!], number: Int!): String
        tag: String @external needs: String @requires(fields: "tag")
        both(text: String!, filter: Filter!): String @requires(fields: "tag")
      }`,
  },
};
