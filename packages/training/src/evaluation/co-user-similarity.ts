/** How alike two items are, for diversity: the cosine of their sets of training users. In [0, 1]; 0 without users. */
import { byItem, type Interactions } from '../interactions/index.ts';

/** Pairs remembered; popular ones come again and again. */
const MAX_PAIRS = 1_000_000;

export function createCoUserSimilarity(interactions: Interactions): (a: number, b: number) => number {
  const { start, user } = byItem(interactions);
  const itemCount = interactions.items.length;
  const known = new Map<number, number>();
  return (a, b) => {
    const pair = Math.min(a, b) * itemCount + Math.max(a, b);
    let value = known.get(pair);
    if (value === undefined) {
      value = cosine(user.subarray(start[a]!, start[a + 1]!), user.subarray(start[b]!, start[b + 1]!));
      if (known.size < MAX_PAIRS) known.set(pair, value);
    }
    return value;
  };
}

/** Of two ascending lists as sets. */
function cosine(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i]!, b[j]!];
    if (x === y) shared++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return shared === 0 ? 0 : shared / Math.sqrt(a.length * b.length);
}
