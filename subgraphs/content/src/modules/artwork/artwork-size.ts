/** Sizes in which artwork is served: upright, two to three. */
import { boundedInteger } from '../../input-bounds.ts';

const MIN_WIDTH = 40;
const MAX_WIDTH = 1_200;
const DEFAULT_WIDTH = 400;

/** @throws MarqueeError BAD_USER_INPUT with field `width`. */
export function boundedWidth(width: number | null | undefined): number {
  return boundedInteger(width ?? DEFAULT_WIDTH, MIN_WIDTH, MAX_WIDTH, 'width');
}

export function heightFor(width: number): number {
  return Math.round(width * 1.5);
}
