/** A client may call its variables whatever it likes, also as the machinery calls its own. */
import { expect, it } from 'vitest';
import { bothAnswers, federated, graphOf } from '../test/both-answers.ts';
import type { Row, World } from '../test/world.ts';

const things: Row[] = [0, 1].map((i) => ({
  __typename: 'Thing',
  id: `t${i}`,
  base: i,
  echo: ({ text }: Record<string, unknown>) => text,
  sum: ({ more }: Record<string, unknown>, self: Row) => Number(self.base) + Number(more ?? 0),
}));
const world: World = {
  keys: ['id'],
  rows: things,
  roots: { things, thing: ({ id }: Record<string, unknown>) => things.find((row) => row.id === id) ?? null },
  subgraphs: {
    first: `
      type Query { things: [Thing!]! thing(id: ID!): Thing }
      type Thing @key(fields: "id") { id: ID! base: Int! }`,
    second: `
      type Thing @key(fields: "id") {
        id: ID! base: Int! @external echo(text: String): String sum(more: Int): Int @requires(fields: "base")
      }`,
  },
};
const graph = graphOf(world);

it.each([
  [
    'query($representations: String) { things { echo(text: $representations) sum } }',
    { representations: 'mine' },
  ],
  [
    'query($representations: ID!, $representations_0: Int) { a: thing(id: $representations) { sum(more: $representations_0) } b: things { sum } }',
    { representations: 't1', representations_0: 5 },
  ],
  [
    'query($representations: Boolean!, $client_representations: String) { things { echo(text: $client_representations) @skip(if: $representations) sum } }',
    { representations: false, client_representations: 'x' },
  ],
  ['query($representations: String = "given") { things { echo(text: $representations) } }', {}],
  [
    'query($contextualArgument_1_0: String) { things { echo(text: $contextualArgument_1_0) } }',
    { contextualArgument_1_0: 'c' },
  ],
])('%s', async (text, variables) => {
  const answers = await bothAnswers(graph, { text, variables }, new Map());
  expect(answers.federated).toEqual(answers.alone);
});

it('is told of a wrong value under the name that it gave', async () => {
  const text = 'query($representations: Int!) { things { sum(more: $representations) } }';
  const { errors } = await federated(graph, { text, variables: { representations: 'none' } }, new Map());
  expect(errors?.[0]?.message).toContain('"$representations"');
});
