/**
 * The laws on random pipelines: well-behaved stages lose and invent nothing, and whichever stage misbehaves in
 * whichever way is caught, whatever its `onFailure`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filter,
  hydrator,
  ids,
  queryHydrator,
  RUN,
  reranker,
  scorer,
  source,
  type ToyCandidate,
  type ToyDefinition,
  top,
  toyDefinition,
} from '../test/toy-pipeline.ts';
import { createPipeline, LawBroken, PipelineFailure } from './index.ts';

const idArbitrary = fc.stringMatching(/^[a-z]{1,2}$/);
const numberOf = (id: string, salt: number): number =>
  (id.charCodeAt(0) * 31 + (id.charCodeAt(1) || 7)) % (salt + 2);

interface Shape {
  readonly sources: string[][];
  readonly filters: number[];
  readonly shuffles: number;
  readonly salt: number;
  readonly count: number;
}

const shapeArbitrary: fc.Arbitrary<Shape> = fc.record({
  sources: fc.array(fc.uniqueArray(idArbitrary, { maxLength: 20 }), { minLength: 1, maxLength: 4 }),
  filters: fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 3 }),
  shuffles: fc.integer({ min: 0, max: 3 }),
  salt: fc.integer({ min: 0, max: 20 }),
  count: fc.integer({ min: 0, max: 30 }),
});

const shuffled = reranker('shuffle', () => []).rerank;
const seededShuffle: typeof shuffled = (_, candidates, { random }) => {
  const copy = [...candidates];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
};

function wellBehaved(shape: Shape, pause: () => Promise<unknown> = async () => {}): ToyDefinition {
  const { salt } = shape;
  return toyDefinition({
    queryHydrators: [
      queryHydrator('taste', { taste: 'x' }, { hydrate: async () => pause().then(() => ({ taste: 'x' })) }),
      queryHydrator('mood', { mood: 'y' }, { hydrate: async () => pause().then(() => ({ mood: 'y' })) }),
    ],
    candidateSources: shape.sources.map((list, n) => {
      const plain = source(`source-${n}`, list, { quota: 12 });
      return { ...plain, propose: (query, context) => pause().then(() => plain.propose(query, context)) };
    }),
    featureHydrators: (['weight', 'length'] as const).map((field) => {
      const plain = hydrator(field, field, ({ id }) => numberOf(id, salt));
      return { ...plain, hydrate: (q, c, context) => pause().then(() => plain.hydrate(q, c, context)) };
    }),
    filters: shape.filters.map((modulus, n) =>
      filter(`filter-${n}`, ({ id, weight }) => numberOf(id, modulus) + (weight ?? 0) !== 0, {
        requiresOfCandidate: n % 2 === 0 ? [] : ['weight'],
      }),
    ),
    scorers: [scorer('model', ({ weight, length }) => (weight! - 1) / (length! - 1))],
    rerankers: Array.from({ length: shape.shuffles }, (_, n) => reranker(`shuffle-${n}`, seededShuffle)),
    selector: top(shape.count),
  });
}

describe('well-behaved pipelines', () => {
  it('lose nothing and invent nothing', async () => {
    await fc.assert(
      fc.asyncProperty(shapeArbitrary, async (shape) => {
        const { selected, nonSelected, removed, trace } = await createPipeline(wellBehaved(shape)).run(
          { user: 'u' },
          RUN,
        );
        const out = [...ids(selected), ...ids(nonSelected), ...removed.map(({ candidate }) => candidate.id)];
        const proposed = shape.sources.flatMap((list) => list.slice(0, 12));
        expect([...out].sort()).toEqual([...new Set(proposed)].sort());
        expect(selected.length).toBeLessThanOrEqual(shape.count);
        // Every proposal is somebody's provenance.
        const everything = [...selected, ...nonSelected, ...removed.map(({ candidate }) => candidate)];
        expect(everything.flatMap(({ provenance }) => provenance)).toHaveLength(proposed.length);
        const counted = trace.components.flatMap(({ removed: by }) => Object.values(by ?? {}));
        expect(counted.reduce((a, b) => a + b, 0)).toBe(removed.length);
      }),
    );
  });

  it('give the same result in whatever order their components answer', async () => {
    await fc.assert(
      fc.asyncProperty(shapeArbitrary, fc.integer(), fc.scheduler(), async (shape, seed, scheduler) => {
        const inOrder = await createPipeline(wellBehaved(shape)).run(
          { user: 'u' },
          { seed, deadlineMs: 5_000 },
        );
        const pause = () => scheduler.schedule(Promise.resolve());
        const anyOrder = await scheduler.waitFor(
          createPipeline(wellBehaved(shape, pause)).run({ user: 'u' }, { seed, deadlineMs: 5_000 }),
        );
        const { trace: _, ...expected } = inOrder;
        expect(anyOrder).toMatchObject(expected);
        expect(anyOrder.trace.components.map(({ name }) => name)).toEqual(
          inOrder.trace.components.map(({ name }) => name),
        );
      }),
      { numRuns: 60 },
    );
  });
});

type Candidates = readonly Readonly<ToyCandidate>[];
const stranger: ToyCandidate = { id: 'stranger', provenance: [] };

/** Ways to spoil a list of at least two candidates. */
const SPOILERS: Record<string, (list: Candidates) => Candidates> = {
  drop: (list) => list.slice(1),
  duplicate: (list) => [list[0]!, list[0]!, ...list.slice(2)],
  repeat: (list) => [...list, list[0]!],
  invent: (list) => [stranger, ...list.slice(1)],
  replace: (list) => [{ ...list[0]!, weight: 99 }, ...list.slice(1)],
  hole: (list) => [undefined as unknown as ToyCandidate, ...list.slice(1)],
};
const reorder = (list: Candidates): Candidates => [list[1]!, list[0]!, ...list.slice(2)];
const none: Candidates = [];

const soft = { onFailure: 'omit' } as const;
const patchesOf = (list: Candidates) => list.map(({ id }) => ({ id, weight: 1 }));

/** Each gives the definition one misbehaving stage called `culprit`. */
const CULPRITS: Record<string, (base: ToyDefinition) => ToyDefinition> = {
  'source proposes no list': (base) => ({
    ...base,
    candidateSources: [
      ...base.candidateSources,
      source('culprit', [], { ...soft, propose: async () => ({}) as never }),
    ],
  }),
  'source proposes without an id': (base) => ({
    ...base,
    candidateSources: [
      ...base.candidateSources,
      source('culprit', [], { ...soft, propose: async () => [{ id: '', score: 1 }] }),
    ],
  }),
  "query hydrator sets another's key": (base) => ({
    ...base,
    queryHydrators: [
      ...base.queryHydrators,
      queryHydrator('culprit', { limit: 1 }, { ...soft, hydrate: async () => ({ limit: 1, taste: 'z' }) }),
    ],
  }),
  'query hydrator returns nothing': (base) => ({
    ...base,
    queryHydrators: [
      ...base.queryHydrators,
      queryHydrator('culprit', { limit: 1 }, { ...soft, hydrate: async () => undefined as never }),
    ],
  }),
  'filter changes the list it was given': (base) => ({
    ...base,
    filters: [
      filter('culprit', () => true, {
        filter: (_, list) => {
          (list as ToyCandidate[]).pop();
          return { kept: list, removed: [] };
        },
      }),
      ...base.filters,
    ],
  }),
  'hydrator changes the list it was given, and fails': (base) => ({
    ...base,
    featureHydrators: base.featureHydrators.map((other) =>
      other.name === 'weight'
        ? hydrator('culprit', 'weight', () => 1, {
            ...soft,
            hydrate: async (_, list) => {
              (list as ToyCandidate[]).reverse();
              throw new Error('away');
            },
          })
        : other,
    ),
  }),
  'reranker sorts the list it was given': (base) => ({
    ...base,
    rerankers: [...base.rerankers, reranker('culprit', (_, list) => (list as ToyCandidate[]).reverse())],
  }),
  'filter gives no reason': (base) => ({
    ...base,
    filters: [
      filter('culprit', () => true, {
        filter: (_, list) => ({ kept: list.slice(1), removed: [{ candidate: list[0]!, reason: '' }] }),
      }),
      ...base.filters,
    ],
  }),
  'reranker changes a field it does not produce': (base) => ({
    ...base,
    rerankers: [...base.rerankers, reranker('culprit', (_, list) => list.map((c) => ({ ...c, length: -1 })))],
  }),
  'reranker drops a field': (base) => ({
    ...base,
    rerankers: [
      ...base.rerankers,
      reranker('culprit', (_, list) => list.map(({ id, provenance }) => ({ id, provenance }))),
    ],
  }),
  "hydrator sets another's field": (base) => ({
    ...base,
    featureHydrators: base.featureHydrators.map((other) =>
      other.name === 'weight'
        ? hydrator('culprit', 'weight', () => 1, {
            ...soft,
            hydrate: async (_, list) => list.map(() => ({ weight: 1, score: 5 })),
          })
        : other,
    ),
  }),
};

for (const [how, spoil] of Object.entries({ ...SPOILERS, reorder })) {
  const inPlaceOf = (
    base: ToyDefinition,
    spoiled: (list: Candidates) => Promise<ReturnType<typeof patchesOf>>,
  ) => ({
    ...base,
    featureHydrators: base.featureHydrators.map((other) =>
      other.name === 'weight'
        ? hydrator('culprit', 'weight', () => 1, { ...soft, hydrate: (_, c) => spoiled(c) })
        : other,
    ),
  });
  if (how !== 'hole' && how !== 'replace') {
    CULPRITS[`feature hydrator: ${how}`] = (base) => inPlaceOf(base, async (list) => patchesOf(spoil(list)));
    CULPRITS[`scorer: ${how}`] = (base) => ({
      ...base,
      scorers: [
        scorer('culprit', () => 1, {
          ...soft,
          score: async (_, list) => spoil(list).map(({ id }) => ({ id, score: 1 })),
        }),
      ],
    });
    CULPRITS[`defaults: ${how}`] = (base) => ({
      ...base,
      scorers: [
        scorer('culprit', () => 1, {
          onFailure: 'default',
          score: () => Promise.reject(new Error('away')),
          defaults: (_, list) => spoil(list).map(({ id }) => ({ id, score: 1 })),
        }),
      ],
    });
  }
  CULPRITS[`filter keeps: ${how}`] = (base) => ({
    ...base,
    filters: [
      filter('culprit', () => true, { filter: (_, list) => ({ kept: spoil(list), removed: [] }) }),
      ...base.filters,
    ],
  });
  if (how !== 'reorder') {
    CULPRITS[`filter removes: ${how}`] = (base) => ({
      ...base,
      filters: [
        filter('culprit', () => true, {
          filter: (_, list) => ({
            kept: none,
            removed: spoil(list).map((candidate) => ({ candidate, reason: 'no' })),
          }),
        }),
        ...base.filters,
      ],
    });
    CULPRITS[`reranker: ${how}`] = (base) => ({
      ...base,
      rerankers: [...base.rerankers, reranker('culprit', (_, list) => spoil(list) as ToyCandidate[])],
    });
    CULPRITS[`selector: ${how}`] = (base) => ({
      ...base,
      selector: {
        kind: 'selector',
        name: 'culprit',
        select: (_, list) => ({ selected: spoil(list).slice(0, 1), nonSelected: spoil(list).slice(1) }),
      },
    });
  }
}

describe('a stage that breaks a law fails the run, whatever its onFailure', () => {
  // No filters: at least two candidates reach every stage.
  const busyShape = shapeArbitrary
    .filter(({ sources }) => new Set(sources.flatMap((list) => list.slice(0, 12))).size >= 2)
    .map((shape) => ({ ...shape, filters: [] }));

  it.each(Object.entries(CULPRITS))('%s', async (_, spoilDefinition) => {
    await fc.assert(
      fc.asyncProperty(busyShape, async (shape) => {
        const pipeline = createPipeline(spoilDefinition(wellBehaved(shape)));
        const failure = await pipeline.run({ user: 'u' }, RUN).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(PipelineFailure);
        expect((failure as PipelineFailure).component).toBe('culprit');
        const { cause } = failure as PipelineFailure;
        // What a spoiled list makes a stage trip over is a programmer error of its own.
        expect(cause instanceof LawBroken || cause instanceof TypeError).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});
