import { DAY_MS } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { interactionsOf } from '../../test/interactions.ts';
import { trainContent } from './content.model.ts';

const interactions = interactionsOf([
  ['a', 'comedy'],
  ['a', 'farce'],
  ['b', 'horror'],
  ['b', 'slasher'],
  ['c', 'unknown'],
]);
const VECTORS: Readonly<Record<string, Float32Array>> = {
  comedy: Float32Array.of(1, 0),
  farce: Float32Array.of(0.8, 0.6),
  horror: Float32Array.of(-1, 0),
  slasher: Float32Array.of(-0.8, 0.6),
};
const vectors = interactions.items.map((id) => VECTORS[id]);
const indexOf = (id: string): number => interactions.items.indexOf(id);

describe('the content model', () => {
  it('finds what is like the history, the newest counting most; titles it knows nothing of are level with the indifferent', async () => {
    const model = await trainContent(interactions, { seed: 1, vectors });
    const ask = (ids: readonly string[], days: readonly number[]) => {
      const items = Uint32Array.from(ids, indexOf);
      const at = Float64Array.from(days, (day) => day * DAY_MS);
      return [...model.recommend({ items, at }, 10, items)].map((item) => interactions.items[item]!);
    };
    expect(ask(['comedy'], [0])).toEqual(['farce', 'unknown', 'slasher', 'horror']);
    expect(ask(['comedy', 'horror'], [0, 90])[0]).toBe('slasher');
    expect(ask(['horror', 'comedy'], [0, 90])[0]).toBe('farce');
    // Without times nothing is newer: the two cancel each other out.
    const items = Uint32Array.of(indexOf('comedy'), indexOf('horror'));
    const scores = new Float32Array(interactions.items.length);
    model.score({ items, at: new Float64Array(2).fill(Number.NaN) }, scores);
    expect(scores[indexOf('farce')]).toBeCloseTo(0);
  });

  it('without any vector recommends what is popular, and names a bad option', async () => {
    const model = await trainContent(interactions, { seed: 1 });
    const items = Uint32Array.of(0);
    expect(model.recommend({ items, at: Float64Array.of(0) }, 2, items)).toHaveLength(2);
    await expect(trainContent(interactions, { seed: 1, halfLifeDays: 0 })).rejects.toThrow(/halfLifeDays/);
  });
});
