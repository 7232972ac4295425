import type { Title } from '@marquee/domain';
import { CONTENT_DIMENSIONS, embedTitle, MAX_NEIGHBOURS_KEPT, vectorPayloadOf } from '@marquee/features';
import { buildSampleCatalogue } from '@marquee/sample-world';
import { silentLogger } from '@marquee/service-kit';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MORE_LIKE_THIS_WEIGHTS } from '../../subgraphs/recommendation/src/title-slates/blend-neighbours.ts';
import { inIndexOf, LIKES } from './catalogue-audit.ts';
import { type ChangedTitle, wordOf } from './catalogue-changes.ts';

let vectorIndex: ReturnType<typeof createExactVectorIndex>;
beforeEach(async () => {
  vectorIndex = createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger: silentLogger });
  await vectorIndex.start();
});
afterEach(() => vectorIndex.stop());

const titleOf = (version: number): Title => ({
  ...{ id: 'twin', name: `Casablanca ${wordOf(version)}`, kind: 'MOVIE', addedAt: 0, maturityRating: 'PG' },
  ...{ genreIds: ['drama'], directorIds: [], castIds: [], availability: [{ from: 0 }] },
});
const put = (title: Title): Promise<void> =>
  vectorIndex.upsert([{ id: title.id, vector: embedTitle(title), payload: vectorPayloadOf(title) }]);
const changed = (now: Title | undefined): ChangedTitle => ({ id: 'twin', original: 'casablanca', now });
const wrongWith = async (title: ChangedTitle, known: number): Promise<string> =>
  [
    ...(await inIndexOf({ titles: [title], vectorIndex, catalogue: { count: async () => known } })).values(),
  ].join('; ');

describe('after the kills', () => {
  it('nothing is wrong with a title that is in the index as it was put last, or removed and nowhere', async () => {
    expect(await wrongWith(changed(undefined), 0)).toBe('');
    await put(titleOf(1));
    await put(titleOf(2));
    expect(await wrongWith(changed(titleOf(2)), 1)).toBe('');
  });

  it('a title is told that was forgotten, stayed as it was before, or stayed although it was removed', async () => {
    expect(await wrongWith(changed(titleOf(1)), 0)).toMatch(/not in the vector index/);
    await put(titleOf(1));
    expect(await wrongWith(changed(titleOf(2)), 1)).toMatch(/an earlier version/);
    expect(await wrongWith(changed(undefined), 1)).toMatch(/removed, and in the vector index/);
  });

  it('vectors of titles that nobody looked at are told by their number', async () => {
    await put(titleOf(1));
    expect(await wrongWith(changed(titleOf(1)), 2)).toMatch(/1 vectors for 2 titles/);
  });
});

/** Whoever is not found there is not there: neither watches nor other titles can push a twin off the list. */
it('a twin of any title of the sample world is among the likes that are looked at, whoever watches what', () => {
  const { titles } = buildSampleCatalogue({ now: Date.UTC(2026, 2, 1) });
  const vectors = titles.map(embedTitle);
  const { content, genre } = MORE_LIKE_THIS_WEIGHTS;
  let most = 0;
  for (const [i, title] of titles.entries()) {
    const vector = vectors[i]!;
    const twin = content * cosine(vector, embedTitle({ ...title, name: `${title.name} ${wordOf(i)}` }));
    const before = vectors.filter(
      (other) => other !== vector && 1 - (1 - content * cosine(vector, other)) * (1 - genre) >= twin,
    ).length;
    most = Math.max(most, before);
  }
  expect(most + MAX_NEIGHBOURS_KEPT).toBeLessThan(LIKES);
});

function cosine(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}
