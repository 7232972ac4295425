import type { Title } from '@marquee/domain';
import { CONTENT_DIMENSIONS, embedTitle, vectorPayloadOf } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inIndexOf } from './catalogue-audit.ts';
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
