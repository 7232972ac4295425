/**
 * A stable sort of numbers that says where everything came from. Sorting with a comparison of one's own calls back
 * some twenty times per element of a long list; this one sorts the bare numbers, as the engine does without calling
 * anybody, and then looks up where each belongs.
 */

import { lowerBound } from '@marquee/domain/lower-bound';

/** @returns places of `keys`, smallest key first, equal ones as they stood. No key is NaN. */
export function stableOrder(keys: Float64Array): Uint32Array {
  const sorted = keys.toSorted();
  const places = new Uint32Array(keys.length);
  /** By first place of a key in `sorted`: how many with it came before. */
  const taken = new Uint32Array(keys.length);
  for (let place = 0; place < keys.length; place++) {
    const first = lowerBound(sorted, keys[place]!);
    places[first + taken[first]!++] = place;
  }
  return places;
}
