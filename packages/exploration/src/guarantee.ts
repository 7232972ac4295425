/**
 * Some impressions are owed to a title, whatever is believed of it: a posterior that nobody feeds proves itself right. A new
 * title is owed a number of them, and no segment may pay more than its share while others may still come, so that it is tried on
 * different people before it is judged. Any other is owed being seen now and then: what hardly anybody was shown lately is owed one, and the less it
 * was shown the more urgently. What is owed is counted by the feature views, from the impressions that clients report, so it
 * ends when it is reached.
 */
import { DAY_MS } from '@marquee/domain';

export interface Guarantee {
  /** Impressions of a new title with everybody; 0 guarantees nothing to new titles. */
  readonly impressions: number;
  /**
   * Segments it takes to reach them while the title is young: one alone pays no more than `impressions / leastSegments`. Should others not
   * come, as where there are fewer segments or none, its share grows with the title's age, to all of them at `withinMs`.
   */
  readonly leastSegments: number;
  /** How long a title is new: milliseconds after joining the catalogue. */
  readonly withinMs: number;
  /** Of any title: impressions, decayed with a half-life of seven days, below which it is owed one; 0 guarantees nothing. */
  readonly recent: number;
  /** Share of the draws that go to titles that are owed something, while there are any, in [0, 1]. */
  readonly share: number;
}

export const DEFAULT_GUARANTEE: Guarantee = {
  impressions: 200,
  leastSegments: 4,
  withinMs: 60 * DAY_MS,
  recent: 1,
  share: 0.9,
};

/** How steeply urgency falls: at the bound next to nothing is left, so what was just shown makes room for what was not. */
const URGENCY = 6;
/**
 * So many times the recent impressions of another make a new title as urgent. Were all new ones equally urgent until they have
 * what they are owed, a small audience would see nothing else; where the others have theirs, new ones are all that is owed.
 */
const NEW_OVER_OTHERS = 3;

export interface Shown {
  /** When the title joined the catalogue, epoch milliseconds. */
  readonly addedAt: number;
  /** Impressions ever, with everybody. */
  readonly impressions: number;
  /** Of these, in the viewer's segment; all of them for a viewer of no segment, who stands for every one. */
  readonly inSegment: number;
  /** Impressions with everybody, decayed with a half-life of seven days. */
  readonly recent: number;
}

/** How urgently a title is owed an impression, in [0, 1]; 0 where it is owed none. */
export function owedImpressions(guarantee: Guarantee, shown: Shown, now: number): number {
  const age = now - shown.addedAt;
  if (age < 0) return 0;
  const share = Math.max(1 / guarantee.leastSegments, age / guarantee.withinMs);
  const isNew =
    age <= guarantee.withinMs &&
    shown.impressions < guarantee.impressions &&
    shown.inSegment < guarantee.impressions * share;
  if (!isNew && !(shown.recent < guarantee.recent)) return 0;
  if (guarantee.recent === 0) return 1;
  const bound = isNew ? NEW_OVER_OTHERS * guarantee.recent : guarantee.recent;
  return Math.exp((-URGENCY * Math.max(0, shown.recent)) / bound);
}
