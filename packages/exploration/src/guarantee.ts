/**
 * A new title is owed some impressions, whatever is believed of it: a posterior that nobody feeds proves itself right. What
 * is owed is counted by the feature views, from the impressions that clients report, so it ends when it is reached; and no
 * segment may pay more than its share of it, so that a title is tried on different people before it is judged.
 */
import { DAY_MS } from '@marquee/domain';

export interface Guarantee {
  /** Impressions with everybody; 0 guarantees nothing. */
  readonly impressions: number;
  /** Segments it takes at least to reach them: one alone counts for no more than `impressions / leastSegments`. */
  readonly leastSegments: number;
  /** Milliseconds after joining the catalogue. */
  readonly withinMs: number;
  /** Share of the draws that go to titles that are owed something, while there are any, in [0, 1]. */
  readonly share: number;
}

export const DEFAULT_GUARANTEE: Guarantee = {
  impressions: 200,
  leastSegments: 4,
  withinMs: 60 * DAY_MS,
  share: 0.5,
};

export interface Shown {
  /** When the title joined the catalogue, epoch milliseconds. */
  readonly addedAt: number;
  /** Impressions ever, with everybody. */
  readonly impressions: number;
  /** Of these, in the viewer's segment; all of them for a viewer of no segment, who stands for every one. */
  readonly inSegment: number;
}

export function isOwedImpressions(guarantee: Guarantee, shown: Shown, now: number): boolean {
  const age = now - shown.addedAt;
  if (age < 0 || age > guarantee.withinMs) return false;
  return (
    shown.impressions < guarantee.impressions &&
    shown.inSegment < guarantee.impressions / guarantee.leastSegments
  );
}
