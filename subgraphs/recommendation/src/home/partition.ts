/** Splits candidates into kept and removed by one question; what nearly every filter is. */
import type { FilterResult } from '@marquee/pipeline';

/**
 * Where nothing is removed, which is what most filters find on most pages, `kept` is the list that was given.
 * @param reasonToRemove a stable word for the trace, or undefined to keep.
 */
export function partition<C>(
  candidates: readonly C[],
  reasonToRemove: (candidate: C) => string | undefined,
): FilterResult<C> {
  let kept: C[] | undefined;
  const removed: { candidate: C; reason: string }[] = [];
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!;
    const reason = reasonToRemove(candidate);
    if (reason === undefined) kept?.push(candidate);
    else {
      kept ??= candidates.slice(0, i);
      removed.push({ candidate, reason });
    }
  }
  return { kept: kept ?? candidates, removed };
}
