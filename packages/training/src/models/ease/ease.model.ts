/**
 * EASE (Steck 2019): the linear item-to-item model with a zero diagonal that best reconstructs the interactions, in
 * closed form:
 *
 *     P = (XᵀX + λI)⁻¹,   Bᵢⱼ = −Pᵢⱼ / Pⱼⱼ,   Bᵢᵢ = 0,   score of j = Σ Bᵢⱼ over the items i of the history
 *
 * Time grows with the cube of the number of items, memory with its square: 4 n² bytes while inverting and 4 n² for
 * B. 20,000 items take 3.3 GB. Order and age of the history do not count. Deterministic; the seed is not used.
 */
import { setImmediate } from 'node:timers/promises';
import { MarqueeError } from '@marquee/service-kit';
import { byItem, type Interactions, itemCounts } from '../../interactions/index.ts';
import { createRecommender, requireInteractions, requireOption } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';
import { invertGram, type SparseRows } from './gram-inverse.ts';

export interface EaseOptions {
  /** λ: the number of users that an item is pulled towards zero by. */
  readonly lambda?: number;
  /** Larger catalogues are refused before any work is done. Default 20,000. */
  readonly maxItems?: number;
}

export const EASE_DEFAULTS = { lambda: 300, maxItems: 20_000 };
const ROWS_PER_TURN = 16;

export const trainEase: Train<EaseOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const { lambda = EASE_DEFAULTS.lambda, maxItems = EASE_DEFAULTS.maxItems } = options;
  requireOption('lambda', lambda, lambda > 0 && Number.isFinite(lambda), 'above 0');
  const { known, place, users, items } = compact(interactions);
  if (known.length > maxItems) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `EASE takes up to ${maxItems.toLocaleString('en-GB')} items and the training data has ${known.length.toLocaleString('en-GB')}: filter rare ones out, or use iALS`,
    );
  }
  const inverse = await invertGram(users, items, lambda, options);
  const size = known.length;
  const diagonal = new Float64Array(size);
  const row = new Float64Array(size);
  const weights = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    if (i % ROWS_PER_TURN === 0) await breathe(options.signal);
    inverse.row(i, row);
    diagonal[i] = row[i]!;
    weights.set(row, i * size);
  }
  for (let i = 0; i < size; i++) {
    if (i % ROWS_PER_TURN === 0) await breathe(options.signal);
    for (let j = 0; j < size; j++) weights[i * size + j]! /= -diagonal[j]!;
    weights[i * size + i] = 0;
  }
  const sums = new Float32Array(size);
  return createRecommender(interactions, (history, scores) => {
    sums.fill(0);
    for (const item of history.items) {
      const from = place[item]!;
      if (from < 0) continue;
      const start = from * size;
      for (let j = 0; j < size; j++) sums[j]! += weights[start + j]!;
    }
    for (let j = 0; j < size; j++) scores[known[j]!] = sums[j]!;
  });
};

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** The matrix over items that have users, rows ascending in both directions. */
function compact(interactions: Interactions): {
  readonly known: Uint32Array;
  /** By item, −1 for unknown ones. */
  readonly place: Int32Array;
  readonly users: SparseRows;
  readonly items: SparseRows;
} {
  const counts = itemCounts(interactions);
  const known = Uint32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  const place = new Int32Array(counts.length).fill(-1);
  for (const [i, item] of known.entries()) place[item] = i;
  const index = byItem(interactions);
  const itemStart = new Uint32Array(known.length + 1);
  for (const [i, item] of known.entries()) itemStart[i + 1] = index.start[item + 1]!;
  const places = new Uint32Array(interactions.item.length);
  for (let user = 0; user < interactions.users.length; user++) {
    const [from, to] = [interactions.start[user]!, interactions.start[user + 1]!];
    for (let row = from; row < to; row++) places[row] = place[interactions.item[row]!]!;
    places.subarray(from, to).sort();
  }
  return {
    known,
    place,
    users: { start: interactions.start, places },
    items: { start: itemStart, places: index.user },
  };
}
