import { describe, expect, it } from 'vitest';
import { syntheticCatalogue } from './synthetic-catalogue.ts';

const now = Date.UTC(2026, 5, 1);
const make = (count: number, seed = 7) => syntheticCatalogue({ count, seed, now });

describe('the synthetic catalogue', () => {
  it('yields exactly as many titles as asked for, with unique ids and people and genres it lists', () => {
    const catalogue = make(2_500);
    const batches = [...catalogue.batches(1_000)];
    expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    const titles = batches.flat();
    expect(new Set(titles.map(({ id }) => id)).size).toBe(2_500);
    const people = new Set(catalogue.people.map(({ id }) => id));
    const genres = new Set(catalogue.genres.map(({ id }) => id));
    for (const title of titles) {
      for (const id of [...title.directorIds, ...title.castIds]) expect(people).toContain(id);
      for (const id of title.genreIds) expect(genres).toContain(id);
      expect(title.releaseYear).toBeLessThanOrEqual(2026);
      expect(title.addedAt).toBeLessThan(now);
    }
  });

  it('is lazy: the first batch of half a million titles needs no other', () => {
    const first = make(500_000).batches(10).next().value;
    expect(first).toHaveLength(10);
    expect(first).toEqual(make(500_000).batches(10).next().value);
  });

  it('credits nobody with more titles than a life has room for, and some with hundreds', () => {
    const credits = new Map<string, number>();
    for (const { directorIds, castIds } of [...make(20_000).batches()].flat()) {
      for (const id of new Set([...directorIds, ...castIds])) credits.set(id, (credits.get(id) ?? 0) + 1);
    }
    const most = Math.max(...credits.values());
    expect(most).toBeGreaterThan(500);
    expect(most).toBeLessThan(1_500);
  });

  it('differs by seed and is skewed like a real catalogue', () => {
    const titles = [...make(5_000).batches()].flat();
    expect(titles.slice(0, 5)).not.toEqual([...make(5, 8).batches()].flat());
    const drama = titles.filter(({ genreIds }) => genreIds.includes('g_drama')).length;
    const western = titles.filter(({ genreIds }) => genreIds.includes('g_western')).length;
    expect(drama).toBeGreaterThan(5 * western);
    const votes = titles.map(({ scoreCount = 0 }) => scoreCount).sort((a, b) => b - a);
    const total = votes.reduce((a, b) => a + b, 0);
    expect(votes.slice(0, 500).reduce((a, b) => a + b, 0) / total).toBeGreaterThan(0.5);
  });
});
