import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { primaryGenre } from '../home/genre-cap.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, queryOf, randomOf, rankedLists } from '../test/candidates.ts';
import { explorationPoolReranker } from './exploration-pool.reranker.ts';
import { genreCapReranker } from './genre-cap.reranker.ts';
import { mmrReranker } from './mmr.reranker.ts';

const ids = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);

describe('every reranker', () => {
  test.each([mmrReranker, genreCapReranker, explorationPoolReranker])(
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

describe('titles that the viewer knows', () => {
  const query = queryOf({
    mmrLambda: 0.5,
    titlesOfViewer: {
      hidden: new Set(),
      disliked: new Set(),
      watched: new Set(['w0', 'w1']),
      inProgress: ['w2'],
    },
  });
  const known = ['w0', 'w1', 'w2'].map((id) =>
    candidateOf(id, [{}], {
      score: 1,
      vector: Float32Array.of(1, 0),
      facts: factsOf(id, { genreIds: ['western'] }),
    }),
  );
  const fresh = Array.from({ length: 8 }, (_, i) =>
    candidateOf(`t${i}`, [{}], {
      score: 0.9 - i / 10,
      vector: i === 0 ? Float32Array.of(1, 0) : Float32Array.of(0, 1),
      facts: factsOf(`t${i}`, { genreIds: [i < 3 ? 'western' : `genre${i}`] }),
    }),
  );

  test('use up no place of their genre', () => {
    const order = ids(genreCapReranker.rerank(query, [...known, ...fresh], { random: randomOf(1) }));
    expect(order).toEqual(ids([...known, ...fresh]));
    const strangers = ids(genreCapReranker.rerank(queryOf(), [...known, ...fresh], { random: randomOf(1) }));
    expect(strangers.slice(0, 4)).toEqual(['w0', 'w1', 'w2', 't3']);
  });

  test('are no reason to hold back a title like them, and keep their places', () => {
    const order = ids(mmrReranker.rerank(query, [...known, ...fresh], { random: randomOf(1) }));
    expect(order.slice(0, 4)).toEqual(['w0', 'w1', 'w2', 't0']);
    const strangers = ids(
      mmrReranker.rerank(queryOf({ mmrLambda: 0.5 }), [...known, ...fresh], { random: randomOf(1) }),
    );
    expect(strangers.indexOf('t0')).toBeGreaterThan(3);
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

test('the exploration pool is set aside in reserve, and every other place stays as it was', () => {
  fc.assert(
    fc.property(rankedLists, (list) => {
      const order = explorationPoolReranker.rerank(queryOf(), list, { random: randomOf(1) });
      const isPool = ({ provenance }: (typeof list)[number]) =>
        provenance.every(({ source }) => source === SOURCE.exploration);
      const known = list.filter((candidate) => !isPool(candidate));
      expect(order.slice(0, known.length)).toEqual(known);
      for (const { slot } of order.slice(known.length)) expect(slot).toBe('reserve');
    }),
  );
});
