/** What the trainers of abandonment learn: the same as profiles, titles and training sets count as one (`playback.ts` in features). */
import { ABANDONMENT_SECONDS, HOUR_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { RankingExamples } from './ranking-examples.ts';

const RUNTIME = RANKING_COLUMNS.indexOf('runtime_hours');
const SECONDS_PER_HOUR = HOUR_MS / 1000;

/**
 * Whether a play, once begun, was stopped within ABANDONMENT_SECONDS of a longer title: nobody gives up what is over by then.
 * A title of no length, as where the ranker is not to know it, is taken to be longer.
 */
export function isGivenUp(
  { matrix, columns, watchSeconds }: Pick<RankingExamples, 'matrix' | 'columns' | 'watchSeconds'>,
  row: number,
): boolean {
  // To the second: float32 has no five minutes in hours.
  const runtime = Math.round(matrix[row * columns + RUNTIME]! * SECONDS_PER_HOUR);
  return watchSeconds![row]! < ABANDONMENT_SECONDS && (runtime === 0 || runtime > ABANDONMENT_SECONDS);
}
