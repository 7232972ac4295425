/** Root fields of a mutation run one after the other, in the order of the document, whichever subgraphs they are of. */
import fc from 'fast-check';
import { OperationTypeNode } from 'graphql';
import { afterEach, expect, it } from 'vitest';
import { bothAnswers, fallible, graphOf } from './test/both-answers.ts';
import { randomOperation } from './test/random-operation.ts';
import { type Answer, type RunningGraph, runGraph } from './test/running-graph.ts';
import { shop } from './test/shop.world.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

const SUBGRAPHS = Object.fromEntries(
  ['a', 'b'].map((name) => [
    name,
    `type Query { ${name}: Int } type Mutation { ${name}Add(text: String): Total }
     type Total @key(fields: "id") { id: ID! ${name}Now: String }`,
  ]),
);

it.each([
  [
    '{ one: aAdd(text: "1") { aNow } two: bAdd(text: "2") { bNow } three: aAdd(text: "3") { aNow } }',
    '1 2 3',
  ],
  [
    '{ one: aAdd(text: "1") { aNow } two: aAdd(text: "2") { aNow } three: bAdd(text: "3") { bNow } }',
    '1 2 3',
  ],
  ['{ one: bAdd(text: "1") { aNow bNow } two: aAdd(text: "2") { bNow } }', '1 2'],
  ['{ ...M one: aAdd(text: "1") { id } } fragment M on Mutation { two: bAdd(text: "2") { id } }', '2 1'],
])('mutation %s does %s', async (text, expected) => {
  const log: string[] = [];
  const answer =
    (name: string): Answer =>
    async ({ query, variables }) => {
      const total = { __typename: 'Total', id: '1', [`${name}Now`]: log.join(' ') };
      if (variables.representations !== undefined) return { data: { _entities: [total] } };
      const fields = [...query.matchAll(/(\w+):\w+Add\(text:"(\d)"\)/g)];
      const data: Record<string, unknown> = {};
      for (const [, alias, added] of fields) {
        // Whatever is begun before this is over overtakes it.
        await new Promise((resolve) => setImmediate(resolve));
        log.push(added as string);
        data[alias as string] = { ...total, [`${name}Now`]: log.join(' ') };
      }
      return { data };
    };
  const graph = await runGraph(SUBGRAPHS, { a: answer('a'), b: answer('b') });
  running.push(graph);
  const { errors, data } = await graph.ask(`mutation ${text}`);
  expect(errors).toBeUndefined();
  expect(log.join(' ')).toBe(expected);
  expect(Object.keys(data ?? {})).toHaveLength(expected.split(' ').length);
});

it('generated mutations are answered as by one schema, also where fields are null or fail', {
  timeout: 30_000,
}, async () => {
  const graph = graphOf(shop);
  const faults = fc.dictionary(
    fc.constantFrom(...fallible(graph), '.rename', '.review'),
    fc.constantFrom('null' as const, 'error' as const),
    { maxKeys: 6, noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(fc.gen(), faults, async (gen, chosen) => {
      const operation = randomOperation(
        graph.supergraph.apiSchema,
        (below) => gen(fc.nat, { max: below - 1 }),
        {
          ids: ['u0', 'u1', 'u2', 'nobody'],
          aliases: ['id', 'name', 'email', 'a', '__proto__'],
          kind: OperationTypeNode.MUTATION,
        },
      );
      const { federated, alone } = await bothAnswers(graph, operation, new Map(Object.entries(chosen)));
      expect(federated, operation.text).toEqual(alone);
    }),
    { numRuns: 80, interruptAfterTimeLimit: 4_000 },
  );
});
