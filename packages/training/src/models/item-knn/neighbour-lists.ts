/** The strongest neighbours of every item, and the same turned round: in whose lists an item stands. */
import { createTopK } from '../top-k.ts';

/** Of item i: `items[start[i] .. start[i + 1]]`, with their weights. */
export interface WeightedLists {
  readonly start: Uint32Array;
  readonly items: Uint32Array;
  readonly weights: Float32Array;
}

export interface NeighbourLists {
  /**
   * For every item, in ascending order.
   * @param others different items; weights of 0 and less are not kept
   */
  keep(item: number, others: readonly number[], weigh: (other: number) => number): void;
  /** The items that i keeps, the strongest first; ties by index. */
  byOwner(): WeightedLists;
  /** The items that keep i, ascending. */
  byNeighbour(): WeightedLists;
}

/** Memory: 8 bytes per neighbour kept, twice for `byNeighbour`. */
export function createNeighbourLists(itemCount: number, size: number): NeighbourLists {
  const start = new Uint32Array(itemCount + 1);
  let items = new Uint32Array(1_024);
  let weights = new Float32Array(1_024);
  let count = 0;
  const top = createTopK(Math.min(size, itemCount));
  return {
    keep(item, others, weigh) {
      for (const other of others) {
        const weight = weigh(other);
        if (weight > 0) top.offer(other, weight);
      }
      const { keys, values } = top.take();
      const kept = keys.length;
      if (count + kept > items.length) {
        const capacity = Math.ceil((count + kept) * 1.5);
        const [oldItems, oldWeights] = [items, weights];
        items = new Uint32Array(capacity);
        weights = new Float32Array(capacity);
        items.set(oldItems);
        weights.set(oldWeights);
      }
      items.set(keys, count);
      weights.set(values, count);
      count += kept;
      start[item + 1] = count;
    },
    byOwner: () => ({ start, items: items.slice(0, count), weights: weights.slice(0, count) }),
    byNeighbour() {
      const turnedStart = new Uint32Array(itemCount + 1);
      for (let at = 0; at < count; at++) turnedStart[items[at]! + 1]!++;
      for (let i = 0; i < itemCount; i++) turnedStart[i + 1]! += turnedStart[i]!;
      const next = turnedStart.slice();
      const turned = { start: turnedStart, items: new Uint32Array(count), weights: new Float32Array(count) };
      for (let owner = 0; owner < itemCount; owner++) {
        for (let at = start[owner]!; at < start[owner + 1]!; at++) {
          const place = next[items[at]!]!++;
          turned.items[place] = owner;
          turned.weights[place] = weights[at]!;
        }
      }
      return turned;
    },
  };
}
