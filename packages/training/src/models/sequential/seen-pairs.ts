/**
 * What no position may be asked about: the items it has before it. Nobody has an item twice in what is trained on, and what
 * somebody has is never recommended to them, so the choice to learn is the one among all others.
 */
import type { TensorValue } from '../../neural/graph-messages.ts';

/**
 * @param sequences rows of the item table, in a batch filled up to `length`
 * @param targetAt of a position of the batch, as a row of the item table: never excluded
 * @param placeOf a row among the candidates of the choice; undefined for one that is none of them
 * @returns int64 [pairs, 2]: position in the batch, place of the candidate
 */
export function seenPairs(
  sequences: readonly Uint32Array[],
  length: number,
  targetAt: (position: number) => number,
  placeOf: (row: number) => number | undefined,
): TensorValue {
  const most = sequences.reduce((sum, own) => sum + (own.length * (own.length + 1)) / 2, 0);
  const data = new BigInt64Array(2 * most);
  // As halves: a BigInt per number would cost more than the network.
  const halves = new Int32Array(data.buffer);
  let count = 0;
  for (const [i, own] of sequences.entries()) {
    const places = Array.from(own, placeOf);
    for (let at = 0; at < own.length; at++) {
      const position = i * length + at;
      const target = targetAt(position);
      for (let earlier = 0; earlier <= at; earlier++) {
        const place = places[earlier];
        if (place === undefined || own[earlier] === target) continue;
        halves[4 * count] = position;
        halves[4 * count + 2] = place;
        count++;
      }
    }
  }
  return { data: data.subarray(0, 2 * count), dims: [count, 2] };
}
