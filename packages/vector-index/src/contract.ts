/**
 * The guarantees of every vector index, run on each adapter. Vectors hold small integers, whose dot products
 * are exact in float32 in any order of summation, so that ties are real ties.
 */
import { isAvailable, MATURITY_RATINGS, maturityLevel } from '@marquee/domain';
import { deadlineAfter, isMarqueeError } from '@marquee/service-kit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  MAX_NEIGHBOURS,
  MAX_QUERIES,
  MAX_VECTOR_IDS,
  type Neighbour,
  type VectorFilter,
  type VectorIndex,
  type VectorPayload,
  type VectorPoint,
  type VectorQuery,
} from './index.ts';

const DIMENSIONS = 5;
const GENRES = ['noir', 'western', 'comedy'];
const REGIONS = ['DE', 'FR', 'JP'];

const vectorArbitrary = fc
  .array(fc.integer({ min: -3, max: 3 }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .map((values) => Float32Array.from(values));
const yearArbitrary = fc.integer({ min: 1990, max: 1994 });
const instantArbitrary = fc.integer({ min: 0, max: 6 });

const payloadArbitrary: fc.Arbitrary<VectorPayload> = fc.record(
  {
    genreIds: fc.subarray(GENRES),
    kind: fc.constantFrom('MOVIE', 'SERIES'),
    releaseYear: yearArbitrary,
    runtimeMinutes: fc.integer({ min: 80, max: 84 }),
    maturityLevel: fc.integer({ min: 0, max: 4 }),
    availability: fc.array(
      fc.record(
        { from: instantArbitrary, to: instantArbitrary, regions: fc.subarray(REGIONS) },
        { requiredKeys: ['from'] },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['genreIds', 'kind', 'maturityLevel', 'availability'] },
);
const pointArbitrary: fc.Arbitrary<VectorPoint> = fc.record({
  id: fc.stringMatching(/^[a-e]{1,3}$/),
  vector: vectorArbitrary,
  payload: payloadArbitrary,
});
const filterArbitrary: fc.Arbitrary<VectorFilter> = fc.record(
  {
    genreIds: fc.subarray([...GENRES, 'unheard-of']),
    kinds: fc.subarray(['MOVIE', 'SERIES'] as const),
    releasedFrom: yearArbitrary,
    releasedTo: yearArbitrary,
    maxRuntimeMinutes: fc.integer({ min: 79, max: 84 }),
    maxMaturity: fc.constantFrom(...MATURITY_RATINGS),
    maturityLimit: fc.constantFrom(...MATURITY_RATINGS),
    availableAt: instantArbitrary,
    region: fc.constantFrom(...REGIONS, 'XX'),
    excludeIds: fc.array(fc.stringMatching(/^[a-e]{1,2}$/), { maxLength: 5 }),
  },
  { requiredKeys: [] },
);

function passes({ id, payload }: VectorPoint, filter: VectorFilter): boolean {
  const { genreIds, kinds, releasedFrom, releasedTo, maxRuntimeMinutes, availableAt, excludeIds } = filter;
  return (
    (genreIds === undefined || genreIds.some((genre) => payload.genreIds.includes(genre))) &&
    (kinds === undefined || (kinds as readonly string[]).includes(payload.kind)) &&
    (releasedFrom === undefined ||
      (payload.releaseYear !== undefined && payload.releaseYear >= releasedFrom)) &&
    (releasedTo === undefined || (payload.releaseYear !== undefined && payload.releaseYear <= releasedTo)) &&
    (maxRuntimeMinutes === undefined ||
      (payload.runtimeMinutes !== undefined && payload.runtimeMinutes <= maxRuntimeMinutes)) &&
    [filter.maxMaturity, filter.maturityLimit].every(
      (limit) => limit === undefined || payload.maturityLevel <= maturityLevel(limit),
    ) &&
    (availableAt === undefined || isAvailable(payload.availability, availableAt, filter.region)) &&
    !excludeIds?.includes(id)
  );
}

/** What an index is for, said without an index. */
function naiveSearch(
  points: ReadonlyMap<string, VectorPoint>,
  { vector, k, filter = {} }: VectorQuery,
): Neighbour[] {
  return [...points.values()]
    .filter((point) => passes(point, filter))
    .map((point) => ({
      id: point.id,
      score: point.vector.reduce((sum, value, i) => sum + value * vector[i]!, 0),
    }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k);
}

const PLAIN: VectorPayload = {
  genreIds: [],
  kind: 'MOVIE',
  releaseYear: 1999,
  runtimeMinutes: 100,
  maturityLevel: 2,
  availability: [{ from: 0 }],
};
const point = (id: string, vector: readonly number[], payload: Partial<VectorPayload> = {}): VectorPoint => ({
  id,
  vector: Float32Array.from(vector),
  payload: { ...PLAIN, ...payload },
});
const along = (k: number, more: Partial<VectorQuery> = {}): VectorQuery => ({
  vector: Float32Array.of(1, 0, 0, 0, 0),
  k,
  ...more,
});
const idsOf = (neighbours: readonly Neighbour[] | undefined): string[] =>
  neighbours?.map(({ id }) => id) ?? [];

/**
 * @param make a started, empty index; the suite stops it.
 * @param options.exact whether every true neighbour is found; approximate adapters are spared the oracle.
 * @param options.runs of the oracle's property, where making a collection takes long. Default 150.
 */
export function describeVectorIndexContract(
  name: string,
  make: (options: { dimensions: number }) => Promise<VectorIndex>,
  options: { readonly exact: boolean; readonly runs?: number },
): void {
  describe(`vector index contract: ${name}`, () => {
    let index: VectorIndex;
    beforeEach(async () => {
      index = await make({ dimensions: DIMENSIONS });
    });
    afterEach(async () => {
      await index.stop();
    });

    it.runIf(options.exact)(
      'finds what comparing with every point finds, whatever the filter',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(pointArbitrary, { maxLength: 25 }), { minLength: 1, maxLength: 3 }),
            fc.array(fc.stringMatching(/^[a-e]{1,2}$/), { maxLength: 4 }),
            fc.array(
              fc.record({
                vector: vectorArbitrary,
                k: fc.integer({ min: 1, max: 12 }),
                filter: filterArbitrary,
              }),
              { minLength: 1, maxLength: 20 },
            ),
            async (batches, deleted, queries) => {
              const writer = await index.beginCollection('property');
              await writer.promote();
              const truth = new Map<string, VectorPoint>();
              for (const batch of batches) {
                await index.upsert(batch);
                for (const each of batch) truth.set(each.id, each);
              }
              await index.delete(deleted);
              for (const id of deleted) truth.delete(id);
              expect(await index.count()).toBe(truth.size);
              expect(await index.search(queries)).toEqual(queries.map((query) => naiveSearch(truth, query)));
              const ids = ['a', 'b', 'aa', 'nobody'];
              expect(await index.vectors(ids)).toEqual(ids.map((id) => truth.get(id)?.vector));
            },
          ),
          { numRuns: options.runs ?? 150 },
        );
      },
      120_000,
    );

    it('orders equal scores by id, also at the last place', async () => {
      const ids = ['d', 'b', 'e', 'a', 'c'];
      await index.upsert(ids.map((id) => point(id, [1, 0, 0, 0, 0])));
      expect(idsOf((await index.search([along(3)]))[0])).toEqual(['a', 'b', 'c']);
    });

    it('fills k from what passes a narrow filter', async () => {
      await index.upsert(
        Array.from({ length: 300 }, (_, i) =>
          point(`t${i}`, [i, 0, 0, 0, 0], { genreIds: i % 100 === 0 ? ['rare'] : [] }),
        ),
      );
      const [found] = await index.search([along(3, { filter: { genreIds: ['rare'] } })]);
      expect(found).toEqual([
        { id: 't200', score: 200 },
        { id: 't100', score: 100 },
        { id: 't0', score: 0 },
      ]);
    });

    it('replaces a point whole, and the last of a batch wins', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0], { genreIds: ['noir'] })]);
      await index.upsert([
        point('a', [5, 0, 0, 0, 0]),
        point('a', [2, 0, 0, 0, 0], { genreIds: ['comedy'] }),
      ]);
      expect(await index.count()).toBe(1);
      expect(await index.search([along(5), along(5, { filter: { genreIds: ['noir'] } })])).toEqual([
        [{ id: 'a', score: 2 }],
        [],
      ]);
      expect(await index.vectors(['a'])).toEqual([Float32Array.of(2, 0, 0, 0, 0)]);
    });

    it('forgets what is deleted, and does not mind deleting what is not there', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0]), point('b', [2, 0, 0, 0, 0])]);
      await index.delete(['b', 'nobody']);
      expect(idsOf((await index.search([along(5)]))[0])).toEqual(['a']);
      expect(await index.vectors(['b', 'a'])).toEqual([undefined, Float32Array.of(1, 0, 0, 0, 0)]);
      expect(await index.count()).toBe(1);
    });

    it('gives vectors away as copies', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0])]);
      (await index.vectors(['a']))[0]!.fill(9);
      expect((await index.vectors(['a']))[0]).toEqual(Float32Array.of(1, 0, 0, 0, 0));
    });

    it('finds nothing in an empty index', async () => {
      expect(await index.search([along(5)])).toEqual([[]]);
      expect(await index.search([])).toEqual([]);
    });

    it('stores nothing of a batch with a wrong dimension or a value that is not finite', async () => {
      const good = point('good', [1, 0, 0, 0, 0]);
      for (const bad of [
        point('bad', [1, 0]),
        point('bad', [1, Number.NaN, 0, 0, 0]),
        point('bad', [1, 0, Number.POSITIVE_INFINITY, 0, 0]),
        point('', [1, 0, 0, 0, 0]),
        point('bad', [1, 0, 0, 0, 0], { maturityLevel: 7 }),
      ]) {
        await expect(index.upsert([good, bad])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      }
      expect(await index.count()).toBe(0);
    });

    it('refuses queries outside the bounds, naming the field', async () => {
      const refused: [VectorQuery, string][] = [
        [along(0), 'queries.0.k'],
        [along(1.5), 'queries.0.k'],
        [along(MAX_NEIGHBOURS + 1), 'queries.0.k'],
        [along(1, { vector: Float32Array.of(1) }), 'queries.0.vector'],
        [along(1, { vector: Float32Array.of(1, Number.NaN, 0, 0, 0) }), 'queries.0.vector'],
      ];
      for (const [query, field] of refused) {
        await expect(index.search([query])).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field });
      }
      const many = Array.from({ length: MAX_QUERIES + 1 }, () => along(1));
      await expect(index.search(many)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      const ids = Array.from({ length: MAX_VECTOR_IDS + 1 }, (_, i) => `${i}`);
      await expect(index.vectors(ids)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(await index.search([along(MAX_NEIGHBOURS)])).toEqual([[]]);
    });

    it('refuses a search whose time is up', async () => {
      await expect(index.search([along(1, { deadline: deadlineAfter(0) })])).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
    });

    it('fills a new collection beside the live one and swaps without a gap under concurrent searches', async () => {
      const size = 200;
      const fill = (score: number) =>
        Array.from({ length: size }, (_, i) => point(`t${i}`, [score, 0, 0, 0, 0]));
      await index.upsert(fill(1));
      const writer = await index.beginCollection('v2');
      await writer.upsert(fill(2));
      expect((await index.search([along(1)]))[0]).toEqual([{ id: 't0', score: 1 }]);
      expect(await index.liveVersion()).not.toBe('v2');

      const seen: number[][] = [];
      let promoted = false;
      const searching = Array.from({ length: 4 }, async () => {
        while (!promoted) {
          const [found] = await index.search([along(size)]);
          expect(found).toHaveLength(size);
          seen.push([...new Set(found!.map(({ score }) => score))]);
        }
      });
      await index.search([along(1)]);
      await writer.promote();
      promoted = true;
      await Promise.all(searching);
      // Each answer is of one collection alone.
      expect(seen.every((scores) => scores.length === 1)).toBe(true);
      expect((await index.search([along(1)]))[0]).toEqual([{ id: 't0', score: 2 }]);
      expect(await index.liveVersion()).toBe('v2');
      expect(await index.count()).toBe(size);
      await expect(writer.upsert(fill(3))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(writer.discard()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    it('discards a collection without a trace', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0])]);
      const writer = await index.beginCollection('abandoned');
      await writer.upsert([point('b', [9, 0, 0, 0, 0])]);
      await writer.discard();
      expect(idsOf((await index.search([along(5)]))[0])).toEqual(['a']);
      await expect(writer.promote()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    it('never shows half of a write to a search that runs beside it', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0], { genreIds: ['noir'] })]);
      let done = false;
      const writing = (async () => {
        for (let round = 0; round < 40; round++) {
          const even = round % 2 === 0;
          await index.upsert([
            point('a', [even ? 2 : 1, 0, 0, 0, 0], { genreIds: [even ? 'comedy' : 'noir'] }),
          ]);
        }
        done = true;
      })();
      while (!done) {
        const [noir, comedy] = await index.search([
          along(5, { filter: { genreIds: ['noir'] } }),
          along(5, { filter: { genreIds: ['comedy'] } }),
        ]);
        expect([...noir!, ...comedy!]).toHaveLength(1);
        expect(noir?.[0]?.score ?? 1).toBe(1);
        expect(comedy?.[0]?.score ?? 2).toBe(2);
      }
      await writing;
    });

    it('refuses work after it was dropped', async () => {
      await index.upsert([point('a', [1, 0, 0, 0, 0])]);
      await index.drop();
      expect(index.readiness().ready).toBe(false);
      await expect(index.search([along(1)])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    });

    it('refuses work after it has stopped, and stops twice', async () => {
      await index.stop();
      await index.stop();
      expect(index.readiness().ready).toBe(false);
      const refusal = await index.search([along(1)]).catch((error: unknown) => error);
      expect(isMarqueeError(refusal, 'DEPENDENCY_UNAVAILABLE')).toBe(true);
      await expect(index.upsert([point('a', [1, 0, 0, 0, 0])])).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
      });
    });
  });
}
