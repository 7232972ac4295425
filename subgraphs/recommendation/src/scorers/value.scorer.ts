/**
 * The value function: what a place on the page is worth if this title stands there.
 *
 *   value = worth × freshness                                    where the ranker says what titles are worth
 *   value = p(qualified watch) × satisfaction × freshness        where it says how likely a watch is, and no more
 *   value = blend × freshness                                    where it was not asked, or is away
 *
 * One of them for all of a page: they are not on one scale. A title that the ranker can make no number of is worth 0.
 *
 * - worth: a version of the model brings it along; of the trees it is p × √(hours − 0.25 × abandonment), see
 *   `value-function.ts` in training.
 * - satisfaction = 1 + 0.2 × (completion − 0.5) − 0.2 × (abandonment − 0.15): how often those who began the
 *   title finished it, and how often they gave up within five minutes; both pulled to the catalogue's usual
 *   where few have watched. It stands in for expected watch time and tells apart titles the ranker finds equal.
 * - freshness = 0.96 ^ max(0, impressions without a play − 3): what was seen often and left alone sinks.
 */
import { titlePopularityView } from '@marquee/features';
import type { Scorer } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

const WATCHES = titlePopularityView.index('watches_30d');
const COMPLETIONS = titlePopularityView.index('completions_30d');
const ABANDONMENTS = titlePopularityView.index('abandonments_30d');

const USUAL_COMPLETION = 0.5;
const USUAL_ABANDONMENT = 0.15;
const PRIOR_WATCHES = 20;
const SATISFACTION_WEIGHT = 0.2;
const IMPRESSIONS_FREE = 3;
const FATIGUE = 0.96;

export const valueScorer: Scorer<HomeQuery, HomeCandidate, 'score'> = {
  kind: 'scorer',
  name: 'value',
  requires: ['prepared'],
  requiresOfCandidate: ['probability', 'worth', 'blend', 'popularity', 'popularityAt'],
  produces: ['score'],
  onFailure: 'fail',
  timeoutMs: 100,
  async score({ prepared: { impressions } }, candidates) {
    const baseOf = candidates.some(({ worth }) => Number.isFinite(worth))
      ? byWorth
      : candidates.some(({ probability }) => Number.isFinite(probability))
        ? byProbability
        : byBlend;
    return candidates.map((candidate) => {
      const value = baseOf(candidate);
      const shown = impressions.get(candidate.id)?.count ?? 0;
      return { score: Number.isFinite(value) ? value * freshness(shown) : 0 };
    });
  },
};

type Value = (candidate: Readonly<HomeCandidate>) => number;

const byWorth: Value = ({ worth }) => worth;
const byProbability: Value = ({ probability, popularity, popularityAt }) =>
  probability * satisfaction(popularity, popularityAt);
const byBlend: Value = ({ blend }) => blend;

/** Around 1. @param popularity holds a row of `title_popularity` at `offset`. */
export function satisfaction(popularity: Float32Array, offset = 0): number {
  const watches = popularity[offset + WATCHES]!;
  const begun = watches + popularity[offset + ABANDONMENTS]!;
  const completion =
    (popularity[offset + COMPLETIONS]! + USUAL_COMPLETION * PRIOR_WATCHES) / (watches + PRIOR_WATCHES);
  const abandonment =
    (popularity[offset + ABANDONMENTS]! + USUAL_ABANDONMENT * PRIOR_WATCHES) / (begun + PRIOR_WATCHES);
  return (
    1 +
    SATISFACTION_WEIGHT * (Math.min(1, completion) - USUAL_COMPLETION) -
    SATISFACTION_WEIGHT * (abandonment - USUAL_ABANDONMENT)
  );
}

export function freshness(impressions: number): number {
  return FATIGUE ** Math.max(0, impressions - IMPRESSIONS_FREE);
}
