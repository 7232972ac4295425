/**
 * The ranker of an installation without a history: weights set by hand, in the columns' own units. It prefers
 * what is popular and well rated, what matches the viewer's genres and people, and tires of what was passed
 * over. A trained ranker replaces it as soon as there is something to learn from.
 */
import { RANKING_COLUMNS } from '@marquee/features';
import type { LogisticRegression } from './logistic-regression.ts';

const WEIGHTS: Readonly<Record<string, number>> = {
  popularity_7d: 0.2,
  popularity_30d: 0.3,
  trend_ratio: 0.1,
  like_ratio: 0.5,
  completion_ratio: 0.5,
  abandonment_ratio: -0.5,
  average_score: 0.3,
  genre_affinity_max: 0.8,
  genre_affinity_mean: 1.2,
  director_affinity: 0.8,
  people_affinity: 0.6,
  era_affinity: 0.6,
  studio_affinity: 0.2,
  content_similarity: 2,
  co_watch: 1,
  collaborative: 2,
  seen_without_play: -0.3,
  onboarding_match: 0.5,
  followed_person: 0.8,
  in_my_list: 0.8,
  popularity_when_new: 0.3,
  onboarding_when_new: 0.5,
};

export function priorRanker(): Pick<LogisticRegression, 'weights' | 'intercept'> {
  return { weights: Float64Array.from(RANKING_COLUMNS, (name) => WEIGHTS[name] ?? 0), intercept: -3 };
}
