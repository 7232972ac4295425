/**
 * Temporal holdouts: the past trains, the future tests. Relevant is a qualified watch (more than 2 minutes) of
 * a title that the profile had not watched before the split.
 *
 * - `temporal`: one cutoff for everybody; what happened before it is the history.
 * - `per-profile`: each profile's last fifth of first watches is held out, whenever it was. For data whose
 *   profiles are active for a day each, such as MovieLens, where one cutoff leaves few profiles on both sides.
 *   The rest of the log is history, so popularity knows other profiles' later watches: the same for all models.
 */
import { isFeedback, type MarqueeEvent, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';

export type Protocol = 'temporal' | 'per-profile';
export const PROTOCOLS: readonly Protocol[] = ['temporal', 'per-profile'];

export interface Holdout {
  /** Events that models may learn from, in time order. */
  readonly train: readonly MarqueeEvent[];
  /** Instant at which everybody is asked for a ranking. */
  readonly now: number;
  /** Held-out title ids by profile; only profiles with at least one and with some history. */
  readonly relevant: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @param testDays for `temporal`: length of the test period. @param testFraction for `per-profile`. */
export function splitHoldout(
  events: readonly MarqueeEvent[],
  protocol: Protocol,
  options: { testDays: number; testFraction: number },
): Holdout {
  const last = events.at(-1)?.occurredAt ?? 0;
  const firstWatches = firstQualifiedWatches(events);
  const cutoffOf =
    protocol === 'temporal'
      ? fixedCutoff(last - options.testDays * 86_400_000)
      : perProfileCutoffs(firstWatches, options.testFraction);

  const train = events.filter((event) => event.occurredAt < cutoffOf(event.profileId));
  const relevant = new Map<string, Set<string>>();
  for (const [profileId, watches] of firstWatches) {
    const cutoff = cutoffOf(profileId);
    const held = watches.filter((watch) => watch.at >= cutoff).map((watch) => watch.titleId);
    if (held.length > 0 && held.length < watches.length) relevant.set(profileId, new Set(held));
  }
  return { train, now: protocol === 'temporal' ? last - options.testDays * 86_400_000 : last, relevant };
}

interface Watch {
  readonly titleId: string;
  readonly at: number;
}

function firstQualifiedWatches(events: readonly MarqueeEvent[]): Map<string, Watch[]> {
  const watches = new Map<string, Map<string, Watch>>();
  for (const event of events) {
    if (!isFeedback(event) || (event.payload.watchedSeconds ?? 0) <= QUALIFIED_WATCH_SECONDS) continue;
    let own = watches.get(event.profileId);
    if (own === undefined) {
      own = new Map();
      watches.set(event.profileId, own);
    }
    const { titleId } = event.payload;
    if (!own.has(titleId)) own.set(titleId, { titleId, at: event.occurredAt });
  }
  return new Map([...watches].map(([profileId, own]) => [profileId, [...own.values()]]));
}

function fixedCutoff(instant: number): (profileId: string) => number {
  return () => instant;
}

function perProfileCutoffs(
  watches: ReadonlyMap<string, readonly Watch[]>,
  testFraction: number,
): (profileId: string) => number {
  const cutoffs = new Map<string, number>();
  for (const [profileId, own] of watches) {
    const times = own.map((watch) => watch.at).sort((a, b) => a - b);
    const index = Math.min(times.length - 1, Math.floor(times.length * (1 - testFraction)));
    cutoffs.set(profileId, times[index] ?? Number.POSITIVE_INFINITY);
  }
  return (profileId) => cutoffs.get(profileId) ?? Number.POSITIVE_INFINITY;
}
