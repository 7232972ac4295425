import { describe, expect, it } from 'vitest';
import { byItem, type Interactions } from '../../interactions/index.ts';
import { interactionsOf, tastefulInteractions } from '../../test/interactions.ts';
import { EASE_DEFAULTS, trainEase } from './ease.model.ts';
import { invertGram } from './gram-inverse.ts';

/** XᵀX + λI by the book. */
function gram({ users, items, start, item }: Interactions, lambda: number): number[][] {
  const matrix = items.map((_, i) => items.map((__, j) => (i === j ? lambda : 0)));
  for (let user = 0; user < users.length; user++) {
    const own = item.subarray(start[user]!, start[user + 1]!);
    for (const i of own) for (const j of own) matrix[i]![j]!++;
  }
  return matrix;
}

async function inverse(interactions: Interactions, lambda: number, threads: number): Promise<number[][]> {
  const places = interactions.item.slice();
  for (let user = 0; user < interactions.users.length; user++) {
    places.subarray(interactions.start[user]!, interactions.start[user + 1]!).sort();
  }
  const index = byItem(interactions);
  const matrix = await invertGram(
    { start: interactions.start, places },
    { start: index.start, places: index.user },
    lambda,
    { threads },
  );
  return interactions.items.map((_, i) => {
    const row = new Float64Array(matrix.size);
    matrix.row(i, row);
    return [...row];
  });
}

describe('the inverse', () => {
  // One tile, exactly two, and a third that is partly filled.
  it.each([7, 256, 300])('of %d items times the matrix is the identity', async (items) => {
    const interactions = tastefulInteractions({ seed: items, users: 200, items, tastes: 3, perUser: 30 });
    const matrix = gram(interactions, 2);
    const found = await inverse(interactions, 2, 1);
    let worst = 0;
    for (const [i, row] of found.entries()) {
      for (let j = 0; j < matrix.length; j++) {
        let sum = 0;
        for (let k = 0; k < matrix.length; k++) sum += row[k]! * matrix[k]![j]!;
        worst = Math.max(worst, Math.abs(sum - (i === j ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-10);
  });

  it('is the same to the last bit with one thread and with three', async () => {
    const interactions = tastefulInteractions({ seed: 5, users: 90, items: 290, tastes: 3, perUser: 30 });
    expect(await inverse(interactions, 10, 3)).toEqual(await inverse(interactions, 10, 1));
  });
});

describe('EASE', () => {
  it('by hand: two items that share users pull each other, and none pulls itself', async () => {
    // x and y have two users in common, z one of its own. With λ = 1 the matrix is [3 2 0; 2 3 0; 0 0 2], its inverse
    // [.6 −.4 0; −.4 .6 0; 0 0 .5], so B_xy = .4 / .6 and everything else is 0.
    const interactions = interactionsOf([
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['b', 'y'],
      ['c', 'z'],
    ]);
    const matrix = await inverse(interactions, 1, 1);
    expect(-matrix[0]![1]! / matrix[1]![1]!).toBeCloseTo(2 / 3, 12);
    const model = await trainEase(interactions, { seed: 1, threads: 1, lambda: 1 });
    const history = { items: Uint32Array.of(0), at: Float64Array.of(Number.NaN) };
    expect([...model.recommend(history, 3, [0])]).toEqual([1, 2]);
  });

  it('one item, one user: a list without it is empty, not an error', async () => {
    const model = await trainEase(interactionsOf([['a', 'x']]), { seed: 1, threads: 1 });
    const history = { items: Uint32Array.of(0), at: Float64Array.of(Number.NaN) };
    expect([...model.recommend(history, 5, [0])]).toEqual([]);
    expect([...model.recommend(history, 5, [])]).toEqual([0]);
  });

  it('a catalogue that is too large is refused before any work, with a way out', async () => {
    const interactions = interactionsOf([
      ['a', 'x'],
      ['a', 'y'],
    ]);
    await expect(trainEase(interactions, { seed: 1, maxItems: 1 })).rejects.toThrow(
      /up to 1 items .* has 2.* iALS/,
    );
    await expect(trainEase(interactions, { seed: 1, lambda: 0 })).rejects.toThrow(/lambda must be above 0/);
    expect(EASE_DEFAULTS.maxItems).toBe(20_000);
  });

  it('stops within a phase when asked to, and leaves nothing running', async () => {
    const interactions = tastefulInteractions({ seed: 5, users: 90, items: 600, tastes: 3, perUser: 30 });
    const stop = new AbortController();
    const training = trainEase(interactions, {
      seed: 1,
      threads: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(training).rejects.toThrow('enough');
  });
});
