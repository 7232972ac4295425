/** Content vectors of any number of titles: the index answers for so many ids per call. */
import type { TitleId } from '@marquee/domain';
import { MAX_NEIGHBOURS, type VectorIndex } from '@marquee/vector-index';

export async function vectorsInBatches(
  index: VectorIndex,
  ids: readonly TitleId[],
): Promise<readonly (Float32Array | undefined)[]> {
  if (ids.length <= MAX_NEIGHBOURS) return index.vectors(ids);
  const batches: (readonly TitleId[])[] = [];
  for (let i = 0; i < ids.length; i += MAX_NEIGHBOURS) batches.push(ids.slice(i, i + MAX_NEIGHBOURS));
  return (await Promise.all(batches.map((batch) => index.vectors(batch)))).flat();
}
