/** Turns a function that scores all items into a `RetrievalModel`: one rule for ties, exclusion and short lists. */
import { MarqueeError } from '@marquee/service-kit';
import { type Interactions, itemCounts, rowCount } from '../interactions/index.ts';
import type { History, RetrievalModel } from './retrieval-model.ts';
import { createTopK } from './top-k.ts';

/** @param scores by item, zeros at first; items that are left at zero tie */
export type Score = (history: History, scores: Float32Array) => void;

/** @throws MarqueeError BAD_USER_INPUT when there is nothing to learn from */
export function requireInteractions(interactions: Interactions): void {
  if (rowCount(interactions) === 0)
    throw new MarqueeError('BAD_USER_INPUT', 'there are no interactions to train on');
}

/** @throws MarqueeError BAD_USER_INPUT naming the option */
export function requireOption(name: string, value: number, valid: boolean, range: string): void {
  if (!valid)
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `${name} must be ${range}, not ${value}`,
      field: name,
    });
}

export function createRecommender(interactions: Interactions, score: Score): RetrievalModel {
  const order = byPopularity(interactions);
  const scores = new Float32Array(interactions.items.length);
  const excludedAt = new Uint32Array(interactions.items.length);
  let asked = 0;
  return {
    recommend(history, k, exclude) {
      asked++;
      for (let i = 0; i < exclude.length; i++) excludedAt[exclude[i]!] = asked;
      scores.fill(0);
      score(history, scores);
      return best(order, scores, k, (item) => excludedAt[item] === asked);
    },
    score(history, into) {
      into.fill(0);
      score(history, into);
    },
  };
}

/** Known items, those with most users first, ties by id. */
export function byPopularity(interactions: Interactions): Uint32Array {
  const counts = itemCounts(interactions);
  const known = Uint32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  return known.sort((a, b) => counts[b]! - counts[a]! || a - b);
}

/** The k best by score; of equals the one that is earlier in `order`. */
function best(
  order: Uint32Array,
  scores: Float32Array,
  k: number,
  excluded: (item: number) => boolean,
): Uint32Array {
  const top = createTopK(Math.min(k, order.length));
  for (let place = 0; place < order.length; place++) {
    const item = order[place]!;
    const score = scores[item]!;
    // Places ascend, so a later one loses ties.
    if (top.wants(score) && !excluded(item)) top.offer(place, score);
  }
  return top.take().keys.map((place) => order[place]!);
}
