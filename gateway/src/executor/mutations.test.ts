/** Root fields of a mutation run one after the other, in the order of the document, whichever subgraphs they are of. */
import fc from 'fast-check';
import { OperationTypeNode, parse } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { bothAnswers, comparable, fallible, federated, type Graph, graphOf } from './test/both-answers.ts';
import { orders } from './test/orders.world.ts';
import { type RandomOperation, randomOperation } from './test/random-operation.ts';
import { type Answer, type RunningGraph, runGraph } from './test/running-graph.ts';
import { shop } from './test/shop.world.ts';
import { answerAlone, type Fault, type Faults } from './test/world.ts';

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
  [
    `{ ... on Mutation { one: aAdd(text: "1") { id } } two: bAdd(text: "2") { id }
       ... on Mutation { three: aAdd(text: "3") { id } ...M } } fragment M on Mutation { four: bAdd(text: "4") { id } }`,
    '1 2 3 4',
  ],
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

it('fields in fragments that many variables decide over are done in the order of the document', async () => {
  const world = orders();
  const text = `mutation ($a: Boolean = true, $b: Boolean = true, $c: Boolean = true, $d: Boolean = true, $e: Boolean = false) {
    ... @include(if: $a) { one: refund(id: "1") }
    two: pack(id: "2") @include(if: $b) { id }
    ... @include(if: $a) {
      three: refund(id: "3") @include(if: $c)
      left: unpack(id: "4") @skip(if: $d) { id }
      out: unpack(id: "5") @include(if: $e) { id }
    }
  }`;
  const { errors, data } = await federated(graphOf(world), { text, variables: {} }, new Map());
  expect(errors).toBeUndefined();
  expect(world.log).toEqual(['refund 1', 'pack 2', 'refund 3']);
  expect(data).toEqual({ one: 1, two: null, three: 3 });
});

it.each(['place', 'pack', 'cancel'])(
  'the failure of the second of three, %s, keeps nobody from the third, nor from what is known of the first',
  async (name) => {
    const world = orders();
    const text = `mutation {
      first: pay(id: "i0") { step item { ... on Order { note packed } } }
      second: ${name}(id: "i1") { __typename }
      third: unpack(id: "i2") { id packed ... on Order { price note } }
    }`;
    const faults: Faults = new Map([[`.${name}`, 'error']]);
    const { errors, data } = await federated(graphOf(world), { text, variables: {} }, faults);
    expect(data).toEqual({
      first: { step: 1, item: { note: 'Note 0', packed: 0 } },
      second: null,
      third: [{ id: 'i2', packed: 2, price: 2.5, note: 'Note 2' }],
    });
    expect(world.log).toEqual(['pay i0', 'unpack i2']);
    expect(errors?.map(({ path }) => path)).toEqual([['second']]);
  },
);

describe('generated mutations', () => {
  const drawn = (gen: fc.GeneratorValue, { supergraph }: Graph, ids: readonly string[]): RandomOperation =>
    randomOperation(supergraph.apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
      ids,
      aliases: ['id', 'name', 'email', 'a', '__proto__'],
      kind: OperationTypeNode.MUTATION,
    });
  const faultsAt = (places: readonly string[]) =>
    fc.dictionary(fc.constantFrom(...places), fc.constantFrom<Fault>('null', 'error'), {
      maxKeys: 6,
      noNullPrototype: true,
    });
  const settings = { numRuns: 40, interruptAfterTimeLimit: 4_000 };

  it('are answered as by one schema, also where fields are null or fail', { timeout: 30_000 }, async () => {
    const graph = graphOf(shop);
    await fc.assert(
      fc.asyncProperty(
        fc.gen(),
        faultsAt([...fallible(graph), '.rename', '.review']),
        async (gen, chosen) => {
          const operation = drawn(gen, graph, ['u0', 'u1', 'u2', 'nobody']);
          const both = await bothAnswers(graph, operation, new Map(Object.entries(chosen)));
          expect(both.federated, operation.text).toEqual(both.alone);
        },
      ),
      settings,
    );
  });

  it('do what they would do in one schema, in the same order', { timeout: 30_000 }, async () => {
    const world = orders();
    const graph = graphOf(world);
    const { apiSchema } = graph.supergraph;
    const fields = ['place', 'cancel', 'pay', 'refund', 'pack', 'unpack'].map((name) => `.${name}`);
    let most = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), faultsAt([...fallible(graph), ...fields]), async (gen, chosen) => {
        const operation = drawn(gen, graph, ['i0', 'i1', 'i2', 'i3', 'nobody']);
        const faults: Faults = new Map(Object.entries(chosen));
        world.begin();
        const ours = await federated(graph, operation, faults);
        const done = [...world.log];
        world.begin();
        const document = parse(operation.text);
        const alone = await answerAlone(world, apiSchema, document, operation.variables, faults);
        expect(comparable(ours), operation.text).toEqual(comparable(alone));
        expect(done, operation.text).toEqual(world.log);
        most = Math.max(most, done.length);
      }),
      settings,
    );
    expect(most).toBeGreaterThan(0);
  });
});
