/**
 * Splits of training data by which settings are chosen, and what a model is worth on one. A validation split is made the way the
 * test split was, from the training part alone: settings that are best for guessing the last choice need not be best for the rest.
 */
import { setImmediate } from 'node:timers/promises';
import { createRandom } from '@marquee/domain';
import { historyOf, testUsers } from '../evaluation/measure-model.ts';
import { ndcgAtK } from '../metrics/index.ts';
import type { RetrievalModel } from '../models/index.ts';
import type { Split } from '../protocols/index.ts';

/** Enough for a standard error of about half a point of NDCG, and bounds what a trial costs. */
const MAX_USERS = 3_000;
const USERS_PER_TURN = 16;
const CUTOFF = 10;

export interface Validation {
  readonly split: Split;
  /** Ascending; the same for every trial, so that differences are the settings'. */
  readonly users: Uint32Array;
}

/** At most 3,000 users, drawn by the seed. */
export function validationOn(split: Split, seed: number): Validation {
  const all = testUsers(split);
  const users = all.length <= MAX_USERS ? all : Uint32Array.from(createRandom(seed).shuffle([...all]));
  return { split, users: users.slice(0, MAX_USERS).sort() };
}

/** Mean NDCG@10 over the validation's users, seen items left out. Leaves the event loop free now and then. */
export async function meanNdcg(
  model: RetrievalModel,
  { split, users }: Validation,
  signal: AbortSignal | undefined,
): Promise<number> {
  let sum = 0;
  for (const [i, user] of users.entries()) {
    if (i % USERS_PER_TURN === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    const history = historyOf(split.histories, user);
    const targets = new Set(historyOf(split.targets, user).items);
    sum += ndcgAtK(model.recommend(history, CUTOFF, history.items), targets, CUTOFF);
  }
  return sum / users.length;
}
