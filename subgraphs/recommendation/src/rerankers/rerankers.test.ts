import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { primaryGenre } from '../home/genre-cap.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, queryOf, randomOf, rankedLists } from '../test/candidates.ts';
import { explorationSlotsReranker, FIRST_SLOT_PLACE, SLOT_EVERY } from './exploration-slots.reranker.ts';
import { genreCapReranker } from './genre-cap.reranker.ts';
import { mmrReranker } from './mmr.reranker.ts';

const ids = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);

describe('every reranker', () => {
  test.each([mmrReranker, genreCapReranker, explorationSlotsReranker])(
    '$name permutes: nothing lost, nothing invented, and the same again for the same seed',
    (reranker) => {
      fc.assert(
        fc.property(rankedLists, fc.integer(), (list, seed) => {
          const once = reranker.rerank(queryOf(), list, { random: randomOf(seed) });
          expect([...ids(once)].sort()).toEqual([...ids(list)].sort());
          expect(ids(reranker.rerank(queryOf(), list, { random: randomOf(seed) }))).toEqual(ids(once));
        }),
      );
    },
  );
});

describe('genre cap', () => {
  test('at most three of one genre stand in the first ten, unless no other order is possible', () => {
    fc.assert(
      fc.property(rankedLists, (list) => {
        const head = genreCapReranker.rerank(queryOf(), list, { random: randomOf(1) }).slice(0, 10);
        const counts = new Map<string, number>();
        for (const candidate of head)
          counts.set(primaryGenre(candidate), (counts.get(primaryGenre(candidate)) ?? 0) + 1);
        const available = new Map<string, number>();
        for (const candidate of list)
          available.set(primaryGenre(candidate), (available.get(primaryGenre(candidate)) ?? 0) + 1);
        const possible = [...available.values()].reduce((sum, count) => sum + Math.min(3, count), 0);
        if (possible >= 10) expect(Math.max(...counts.values())).toBeLessThanOrEqual(3);
        else expect(head.length).toBe(Math.min(10, list.length));
      }),
    );
  });

  test('what the cap holds back keeps its order behind the ten', () => {
    const list = Array.from({ length: 14 }, (_, i) =>
      candidateOf(`t${i}`, [{}], {
        facts: factsOf(`t${i}`, { genreIds: [i < 5 ? 'western' : `genre${i % 4}`] }),
      }),
    );
    const order = ids(genreCapReranker.rerank(queryOf(), list, { random: randomOf(1) }));
    expect(order.slice(0, 3)).toEqual(['t0', 't1', 't2']);
    expect(order.slice(10)).toEqual(['t3', 't4', 't12', 't13']);
  });
});

describe('MMR', () => {
  test('a near copy of the first title gives way to a different one of nearly equal value', () => {
    const list = [
      candidateOf('first', [{}], { score: 1, vector: Float32Array.of(1, 0) }),
      candidateOf('copy', [{}], { score: 0.95, vector: Float32Array.of(1, 0) }),
      candidateOf('other', [{}], { score: 0.9, vector: Float32Array.of(0, 1) }),
      candidateOf('last', [{}], { score: 0, vector: Float32Array.of(0, 1) }),
    ];
    const order = mmrReranker.rerank(queryOf({ mmrLambda: 0.8 }), list, { random: randomOf(1) });
    expect(ids(order)).toEqual(['first', 'other', 'copy', 'last']);
  });

  test('with λ = 1 it does not run', () => {
    expect(mmrReranker.applies?.(queryOf({ mmrLambda: 1 }))).toBe(false);
  });
});

describe('exploration slots', () => {
  const isPool = ({ provenance }: { provenance: readonly { source: string }[] }) =>
    provenance.every(({ source }) => source === SOURCE.exploration);

  test('propensities lie in (0, 1], and over all that can happen to a pool title they sum to one', () => {
    fc.assert(
      fc.property(rankedLists, fc.integer(), (list, seed) => {
        const order = explorationSlotsReranker.rerank(queryOf(), list, { random: randomOf(seed) });
        for (const { propensity } of order) {
          expect(propensity).toBeGreaterThan(0);
          expect(propensity).toBeLessThanOrEqual(1);
        }
        const drawn = order.filter(({ slot }) => slot === 'explored');
        const reserve = order.filter(({ slot }) => slot === 'reserve');
        expect(drawn.length + reserve.length).toBe(list.filter(isPool).length);
        if (drawn.length + reserve.length === 0) return;
        const inSlots = drawn.reduce((sum, { propensity }) => sum + propensity, 0);
        expect(inSlots + (reserve[0]?.propensity ?? 0)).toBeCloseTo(1, 6);
        for (const candidate of order) if (!isPool(candidate)) expect(candidate.propensity).toBe(1);
      }),
    );
  });

  test('the logged propensity is the frequency with which a title is drawn', () => {
    const pool = Array.from({ length: 8 }, (_, i) =>
      candidateOf(`pool${i}`, [{ source: SOURCE.exploration }], { score: i }),
    );
    const known = Array.from({ length: 60 }, (_, i) => candidateOf(`known${i}`, [{}], { score: 100 - i }));
    const runs = 4_000;
    const firstSlot = new Map<string, number>();
    let slots = 0;
    for (let seed = 0; seed < runs; seed++) {
      const order = explorationSlotsReranker.rerank(queryOf(), [...known, ...pool], {
        random: randomOf(seed),
      });
      const drawn = order.filter(({ slot }) => slot === 'explored');
      slots = drawn.length;
      firstSlot.set(drawn[0]!.id, (firstSlot.get(drawn[0]!.id) ?? 0) + 1);
      expect(drawn[0]!.propensity).toBe(1 / 8);
    }
    expect(slots).toBe(Math.floor((60 - FIRST_SLOT_PLACE) / (SLOT_EVERY - 1)));
    for (const count of firstSlot.values()) {
      // Five standard deviations of a binomial.
      expect(Math.abs(count - runs / 8)).toBeLessThan(5 * Math.sqrt(runs * (1 / 8) * (7 / 8)));
    }
    expect(firstSlot.size).toBe(8);
  });

  test('between five and ten per cent of the places explore, and none of the first ten', () => {
    const pool = Array.from({ length: 100 }, (_, i) =>
      candidateOf(`pool${i}`, [{ source: SOURCE.exploration }]),
    );
    const known = Array.from({ length: 700 }, (_, i) => candidateOf(`known${i}`));
    for (let seed = 0; seed < 50; seed++) {
      const order = explorationSlotsReranker.rerank(queryOf(), [...known, ...pool], {
        random: randomOf(seed),
      });
      const places = order.flatMap(({ slot }, i) => (slot === 'explored' ? [i] : []));
      expect(places[0]).toBeGreaterThanOrEqual(FIRST_SLOT_PLACE);
      expect(places.length / (known.length + places.length)).toBeGreaterThanOrEqual(0.05);
      expect(places.length / (known.length + places.length)).toBeLessThanOrEqual(0.1);
    }
  });
});
