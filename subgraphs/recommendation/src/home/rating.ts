/**
 * A title's mean score, pulled towards the middle where few people rated it (a Bayesian mean with the weight
 * of PRIOR_COUNT ratings), in [0, 1]. For shelves and editorial pages, where no viewer is known.
 */
import type { TitleFacts } from '@marquee/features';

const PRIOR_MEAN = 6;
const PRIOR_COUNT = 200;

export function ratingOf({ averageScore, scoreCount }: TitleFacts): number {
  if (averageScore === undefined) return PRIOR_MEAN / 10 - 0.1;
  // A score without a count is somebody's considered number: as good as a few dozen ratings.
  const count = scoreCount ?? 30;
  return (averageScore * count + PRIOR_MEAN * PRIOR_COUNT) / (count + PRIOR_COUNT) / 10;
}
