/** What an arm's pages are worth beside another's: the same viewers come to both, visit by visit, so only the difference is noise. Pure. */
import { bootstrapInterval } from '@marquee/training';
import type { PageWorth } from './day-measures.ts';

export interface Difference {
  /** Minutes a page, of the first arm beyond the second. */
  readonly minutes: number;
  /** 95 %, viewers drawn anew: one viewer's pages are alike. */
  readonly lower: number;
  readonly upper: number;
  readonly viewers: number;
}

/** @throws RangeError where different viewers came */
export function comparePages(ours: readonly PageWorth[], theirs: readonly PageWorth[], seed = 1): Difference {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} pages and ${theirs.length}`);
  const viewers = new Map<string, { sum: number; pages: number }>();
  for (const [i, { profileId, minutes }] of ours.entries()) {
    const other = theirs[i]!;
    if (other.profileId !== profileId)
      throw new RangeError(`page ${i} was for ${profileId} and for ${other.profileId}`);
    const entry = viewers.get(profileId) ?? { sum: 0, pages: 0 };
    viewers.set(profileId, { sum: entry.sum + minutes - other.minutes, pages: entry.pages + 1 });
  }
  const means = [...viewers.values()].map(({ sum, pages }) => sum / pages);
  const { lower, upper } = bootstrapInterval(means, { seed });
  const minutes = means.reduce((a, b) => a + b, 0) / Math.max(1, means.length);
  return { minutes, lower, upper, viewers: means.length };
}
