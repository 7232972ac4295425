/** An answer in parts is the same answer: put together, nothing is missing, nothing is more, nothing differs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { federated, federatedInParts, type Graph, graphOf } from './test/both-answers.ts';
import { library } from './test/library.world.ts';
import { mergedData } from './test/merged-parts.ts';
import { outlyingCorners } from './test/outlying-corners.world.ts';
import { type RandomOperation, randomOperation } from './test/random-operation.ts';
import { shop } from './test/shop.world.ts';
import { transit } from './test/transit.world.ts';
import { workshop } from './test/workshop.world.ts';
import { type Faults, place, type World } from './test/world.ts';

const NO_FAULTS: Faults = new Map();
const libraryGraph = graphOf(library);

describe.each([
  { name: 'shop', graph: graphOf(shop), ids: ['p0', 'p1', 'u1', 'nobody'] },
  { name: 'library', graph: libraryGraph, ids: ['m0', 'm1', 'm3', 'nobody'] },
  { name: 'workshop', graph: graphOf(workshop), ids: ['t0', 't1', 'w0', 'nobody'] },
  // Its root object is put together from two subgraphs.
  { name: 'transit', graph: graphOf(transit), ids: ['s0', 's1', 's3', 'nobody'] },
])('$name: generated operations with deferred fragments', ({ graph, ids }) => {
  const operationOf = (gen: fc.GeneratorValue): RandomOperation =>
    randomOperation(graph.supergraph.apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
      ids,
      aliases: ['id', 'upc', 'name', 'title', 'a', 'b', 'constructor', '__proto__'],
      defers: true,
    });
  const settings = { numRuns: 80, interruptAfterTimeLimit: 15_000, endOnFailure: true };

  it('are answered as if nothing were deferred', { timeout: 40_000 }, async () => {
    let inParts = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const operation = operationOf(gen);
        const whole = await federated(graph, operation, NO_FAULTS);
        const parts = await federatedInParts(graph, operation, NO_FAULTS);
        inParts += parts.later.length;
        // A null that may not be stays within its part.
        if (whole.errors === undefined) expect(mergedData(parts), operation.text).toEqual(whole.data);
      }),
      settings,
    );
    // A dozen or more: how many is chance, none at all would be a test of nothing.
    expect(inParts).toBeGreaterThan(0);
  });

  it('have everything that they would have at once, also where fields fail', {
    timeout: 40_000,
  }, async () => {
    const places = graph.world.rows.flatMap((row) =>
      ['name', 'title', 'rating', 'price', 'born', 'minutes', 'text']
        .filter((field) => field in row)
        .map((field) => place(row, field)),
    );
    const faults = fc.dictionary(
      fc.constantFrom(...places),
      fc.constantFrom('null' as const, 'error' as const),
      {
        maxKeys: 6,
        noNullPrototype: true,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.gen(), faults, async (gen, chosen) => {
        const operation = operationOf(gen);
        const given = new Map(Object.entries(chosen));
        const whole = await federated(graph, operation, given);
        const parts = await federatedInParts(graph, operation, given);
        expectWithin(whole.data, mergedData(parts), operation.text);
        for (const { delivered } of parts.later) {
          for (const { data, errors } of delivered) expect(data !== null || errors.length > 0).toBe(true);
        }
      }),
      settings,
    );
  });
});

describe('a deferred fragment', () => {
  const ask = (text: string, faults: Faults = NO_FAULTS, graph: Graph = libraryGraph) =>
    federatedInParts(graph, { text, variables: {} }, faults);

  it('comes after what was not deferred, once for each object that has it', async () => {
    const { first, pending, later } = await ask(
      '{ media { title ... on Film @defer(label: "film") { minutes rating } } }',
    );
    expect(first.data).toEqual({ media: [0, 1, 2, 3].map((i) => ({ title: `Title ${i}` })) });
    expect(pending).toEqual([
      { id: '0', label: 'film', path: ['media', 1] },
      { id: '1', label: 'film', path: ['media', 3] },
    ]);
    expect(later).toEqual([
      {
        pending: [],
        delivered: [
          { id: '0', label: 'film', path: ['media', 1], data: { minutes: 91, rating: 1.5 }, errors: [] },
          { id: '1', label: 'film', path: ['media', 3], data: { minutes: 93, rating: 3.5 }, errors: [] },
        ],
        hasNext: false,
      },
    ]);
  });

  it('inside another one comes after that', async () => {
    const { pending, later } = await ask(
      '{ newest { id ... @defer(label: "outer") { title ... @defer(label: "inner") { creator { born } } } } }',
    );
    expect(pending.map(({ label }) => label)).toEqual(['outer']);
    expect(later.map(({ delivered }) => delivered.map(({ label, data }) => ({ label, data })))).toEqual([
      [{ label: 'outer', data: { title: 'Title 0' } }],
      [{ label: 'inner', data: { creator: { born: 1950 } } }],
    ]);
  });

  it('has what is computed from fields of other subgraphs, also behind a chain of keys', async () => {
    const text = '{ network { name ... @defer { hub { doubled } } lines } }';
    const { first, later } = await federatedInParts(graphOf(transit), { text, variables: {} }, NO_FAULTS);
    expect(first.data).toEqual({ network: { name: 'Metro', lines: 7 } });
    expect(later.flatMap(({ delivered }) => delivered)).toMatchObject([{ data: { hub: { doubled: 2 } } }]);
  });

  it('is null alone when something in it fails that must not, and says where', async () => {
    const film = library.rows.find(({ id }) => id === 'm1')!;
    const { first, later } = await ask(
      '{ media { id ... on Film @defer { minutes } } }',
      new Map([[place(film, 'minutes'), 'error' as const]]),
    );
    expect(first).toEqual({ data: { media: [0, 1, 2, 3].map((i) => ({ id: `m${i}` })) } });
    const delivered = later.flatMap((part) => part.delivered);
    expect(delivered.map(({ data }) => data)).toEqual([null, { minutes: 93 }]);
    expect(delivered.map(({ errors }) => errors.map(({ path }) => path))).toEqual([
      [['media', 1, 'minutes']],
      [],
    ]);
  });

  it('is not announced for an object that the answer has lost', async () => {
    const { first, later } = await ask(
      '{ newest { comments { text about { id ... @defer { title } } } } }',
      new Map(library.rows.flatMap((row) => [[place(row, 'comments'), 'error' as const]])),
    );
    expect(first.data).toEqual({ newest: { comments: null } });
    expect(later).toEqual([]);
  });

  it.each([
    '{ topRated { ... on Media @defer { type: __typename mood sequel { __typename } } } }',
    '{ topRated { ... on Film @defer { minutes } } }',
    '{ topRated { mood ... on Film { ... @defer { minutes type: __typename } } ... on Book @defer { title } } }',
  ])('is told what it is of only when it comes, where nobody knows before: %s', async (text) => {
    const whole = await federated(libraryGraph, { text, variables: {} }, NO_FAULTS);
    expect(whole.errors).toBeUndefined();
    expect(mergedData(await ask(text))).toEqual(whole.data);
  });

  // The planner once had a fetch wait for itself, and looked for the end of that for minutes.
  it.each([
    '{ topRated { mood ... on Book { ... on Media @defer { title ... on Work @defer { ... on Book { pages } } } } } }',
    '{ topRated { ... on Film { ... on Film @defer { title ... on Best @defer { ... on Film { minutes } } } } mood } }',
  ])(
    'inside another one of an object that one subgraph knows by its interface comes in parts: %s',
    async (text) => {
      const whole = await federated(libraryGraph, { text, variables: {} }, NO_FAULTS);
      expect(whole.errors).toBeUndefined();
      const parts = await ask(text);
      expect(parts.later.length).toBeGreaterThan(0);
      expect(mergedData(parts)).toEqual(whole.data);
    },
  );

  // The planner has them side by side: nothing that the outer one fetches is needed for the inner one.
  it('inside another one that fetches nothing that it needs comes all the same', async () => {
    const world = outlyingCorners['objects for one interface that are known by different keys'] as World;
    const text = `{ onSale { shelf { ... on Book @defer {
      next { ... on Book @defer { stars title } ... on Film @defer { stars } } isbn price
    } } } }`;
    const whole = await federated(graphOf(world), { text, variables: {} }, NO_FAULTS);
    expect(JSON.stringify(whole)).toContain('"stars":1');
    const parts = await ask(text, NO_FAULTS, graphOf(world));
    expect(parts.later.length).toBeGreaterThan(0);
    expect(mergedData(parts)).toEqual(whole.data);
  });

  it.each([
    ['has been fetched already', '{ media { id ... @defer { __typename } } }'],
    ['is not to be deferred', '{ media { id ... @defer(if: false) { rating } } }'],
    ['stands at the root of a mutation or of nothing', '{ __typename ... @defer { __typename } }'],
  ])('that %s comes with the first part', async (_, text) => {
    const { first, later } = await ask(text);
    expect(later).toEqual([]);
    expect(first.errors).toBeUndefined();
  });
});

/** Whatever the first has, the second has too. */
function expectWithin(some: unknown, all: unknown, text: string): void {
  if (some === null || some === undefined) return;
  if (typeof some !== 'object') expect(all, text).toEqual(some);
  else {
    for (const [key, value] of Object.entries(some)) {
      if (value === null) continue;
      expect(typeof all === 'object' && all !== null && Object.hasOwn(all, key), `${key} in ${text}`).toBe(
        true,
      );
      expectWithin(value, (all as Record<string, unknown>)[key], text);
    }
  }
}
