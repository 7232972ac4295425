/** Splits candidates into kept and removed by one question; what nearly every filter is. */
import type { FilterResult } from '@marquee/pipeline';

/** @param reasonToRemove a stable word for the trace, or undefined to keep. */
export function partition<C>(
  candidates: readonly C[],
  reasonToRemove: (candidate: C) => string | undefined,
): FilterResult<C> {
  const kept: C[] = [];
  const removed: { candidate: C; reason: string }[] = [];
  for (const candidate of candidates) {
    const reason = reasonToRemove(candidate);
    if (reason === undefined) kept.push(candidate);
    else removed.push({ candidate, reason });
  }
  return { kept, removed };
}
