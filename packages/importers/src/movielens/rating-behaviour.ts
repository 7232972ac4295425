/**
 * What a rating says about a watch. MovieLens knows ratings only; the home page learns from watching, so every
 * rating is read as the watch of somebody who ended up thinking so.
 */
import type { Reaction } from '@marquee/domain';

export interface RatingBehaviour {
  /** Share of the runtime that was watched. From 0.9 on the film counts as finished. */
  readonly watchedFraction: number;
  readonly reaction?: Exclude<Reaction, 'NONE'>;
}

/** By half stars; index 1 is half a star, 10 is five. */
const BY_HALF_STARS: readonly RatingBehaviour[] = [
  { watchedFraction: 0 },
  { watchedFraction: 0.02, reaction: 'DISLIKE' },
  { watchedFraction: 0.04, reaction: 'DISLIKE' },
  { watchedFraction: 0.1, reaction: 'DISLIKE' },
  { watchedFraction: 0.3 },
  { watchedFraction: 0.5 },
  { watchedFraction: 0.7 },
  { watchedFraction: 0.95 },
  { watchedFraction: 0.98 },
  { watchedFraction: 1, reaction: 'LIKE' },
  { watchedFraction: 1, reaction: 'LIKE' },
];

/** @param halfStars 1 to 10. */
export function ratingBehaviour(halfStars: number): RatingBehaviour {
  return BY_HALF_STARS[halfStars]!;
}
