/** From decayed counts of watches to how much something is watched now. */
import { DAY_MS } from '@marquee/domain';
import type { SubjectWatches } from '../views/watched-subjects.view.ts';
import { FIVE_MINUTES_PER_DAY } from './popularity-now.ts';

type Watches = Omit<SubjectWatches, 'id' | 'watchesTotal'>;

/** A count with half-life h of something watched r times a day is `r × h / ln 2` on average: it has looked at so many days. */
const DAYS = {
  watches30d: 30 / Math.LN2,
  watches7d: 7 / Math.LN2,
  watches1d: 1 / Math.LN2,
  watches1h: 1 / 24 / Math.LN2,
  watches5m: 1 / FIVE_MINUTES_PER_DAY / Math.LN2,
} as const;

/** What the rate of the longer window weighs against the shorter one's count, in watches. */
const PRIOR_WATCHES = 5;

/**
 * Watches a day, now. The longest window's rate is where the next one's estimate starts from, and so on to the last five minutes: a
 * Poisson rate with a gamma prior worth PRIOR_WATCHES. So a single watch a minute ago says little, and a hundred say it all; and of what
 * hardly anybody watches the months decide.
 * @param expected watches a day where nothing is known yet, e.g. everybody's taste in a segment; absent: the longest window stands for itself.
 * @returns finite, not negative; 0 for what was never watched and is not expected.
 */
export function watchRateNow(counts: Watches, expected = 0): number {
  // Written out: it is asked for every person of a catalogue.
  let rate = posterior(expected, counts.watches30d, DAYS.watches30d);
  rate = posterior(rate, counts.watches7d, DAYS.watches7d);
  rate = posterior(rate, counts.watches1d, DAYS.watches1d);
  rate = posterior(rate, counts.watches1h, DAYS.watches1h);
  return posterior(rate, counts.watches5m, DAYS.watches5m);
}

function posterior(rate: number, count: number, days: number): number {
  return rate > 0 ? (count + PRIOR_WATCHES) / (days + PRIOR_WATCHES / rate) : count / days;
}

/** The same watches at a later instant; before `asOf` nothing is decayed. @param now epoch milliseconds */
export function watchesAt(watches: SubjectWatches, asOf: number, now: number): SubjectWatches {
  const days = Math.max(0, now - asOf) / DAY_MS;
  return {
    id: watches.id,
    watches5m: watches.watches5m * 2 ** (-days * FIVE_MINUTES_PER_DAY),
    watches1h: watches.watches1h * 2 ** (-days * 24),
    watches1d: watches.watches1d * 2 ** -days,
    watches7d: watches.watches7d * 2 ** (-days / 7),
    watches30d: watches.watches30d * 2 ** (-days / 30),
    watchesTotal: watches.watchesTotal,
  };
}
