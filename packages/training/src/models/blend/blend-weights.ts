/** How much each member of a blend counts: found by coordinate search for the NDCG@10 of a validation split. */
import { setImmediate } from 'node:timers/promises';
import { historyOf } from '../../evaluation/measure-model.ts';
import { ndcgAtK } from '../../metrics/index.ts';
import type { Validation } from '../../tuning/validation.ts';
import type { RetrievalModel } from '../retrieval-model.ts';
import { createTopK } from '../top-k.ts';
import { standardise } from './standardise.ts';

/** All members' scores of the asked users; beyond it fewer users are asked. */
const MAX_BYTES = 512 * 2 ** 20;
const GRID = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6];
const ROUNDS = 4;
const CUTOFF = 10;
const USERS_PER_TURN = 4;

interface Asked {
  readonly targets: ReadonlySet<number>;
  /** What may be recommended, ascending. */
  readonly items: Uint32Array;
  /** Per member one score per entry of `items`. */
  readonly scores: readonly Float32Array[];
}

/**
 * Scores of some users under every member; one model at a time, so that only scores of the others are held.
 */
export class BlendScores {
  readonly #asked: { targets: ReadonlySet<number>; items: Uint32Array; scores: Float32Array[] }[] = [];
  readonly #users: readonly number[];
  readonly #validation: Validation;
  readonly #scratch: Float32Array;

  /** @param known items that training has seen, ascending */
  constructor(validation: Validation, known: Uint32Array, members: number) {
    this.#validation = validation;
    const most = Math.max(1, Math.floor(MAX_BYTES / (4 * members * Math.max(1, known.length))));
    const every = Math.max(1, Math.ceil(validation.users.length / most));
    this.#users = [...validation.users].filter((_, i) => i % every === 0);
    this.#scratch = new Float32Array(validation.split.train.items.length);
    for (const user of this.#users) {
      const seen = new Set(historyOf(validation.split.histories, user).items);
      this.#asked.push({
        targets: new Set(historyOf(validation.split.targets, user).items),
        items: known.filter((item) => !seen.has(item)),
        scores: [],
      });
    }
  }

  async add(model: RetrievalModel, signal: AbortSignal | undefined): Promise<void> {
    for (const [i, { items, scores }] of this.#asked.entries()) {
      if (i % USERS_PER_TURN === 0) await breathe(signal);
      model.score(historyOf(this.#validation.split.histories, this.#users[i]!), this.#scratch);
      standardise(this.#scratch, items);
      scores.push(Float32Array.from(items, (item) => this.#scratch[item]!));
    }
  }

  /** Starts from the best single member and from equal weights, whichever is better. Deterministic. */
  async bestWeights(signal: AbortSignal | undefined): Promise<{ weights: number[]; ndcg: number }> {
    const members = this.#asked[0]?.scores.length ?? 0;
    const starts = [
      Array.from({ length: members }, () => 1),
      ...Array.from({ length: members }, (_, m) =>
        Array.from({ length: members }, (__, i) => Number(i === m)),
      ),
    ];
    let best = { weights: starts[0]!, ndcg: Number.NEGATIVE_INFINITY };
    const consider = async (weights: number[]): Promise<void> => {
      const ndcg = await this.#ndcg(weights, signal);
      if (ndcg > best.ndcg) best = { weights, ndcg };
    };
    for (const start of starts) await consider(start);
    for (let round = 0; round < ROUNDS; round++) {
      const before = best.ndcg;
      for (let member = 0; member < members; member++) {
        const from = best.weights;
        for (const weight of GRID) {
          const tried = from.with(member, weight);
          if (weight !== from[member] && tried.some((value) => value > 0)) await consider(tried);
        }
      }
      if (best.ndcg === before) break;
    }
    return best;
  }

  async #ndcg(weights: readonly number[], signal: AbortSignal | undefined): Promise<number> {
    let sum = 0;
    for (const [i, asked] of this.#asked.entries()) {
      if (i % USERS_PER_TURN === 0) await breathe(signal);
      sum += ndcgAtK(topTen(asked, weights), asked.targets, CUTOFF);
    }
    return sum / Math.max(1, this.#asked.length);
  }
}

function topTen({ items, scores }: Asked, weights: readonly number[]): Uint32Array {
  const top = createTopK(CUTOFF);
  for (let i = 0; i < items.length; i++) {
    let score = 0;
    for (let member = 0; member < weights.length; member++) score += weights[member]! * scores[member]![i]!;
    if (top.wants(score)) top.offer(i, score);
  }
  return top.take().keys.map((place) => items[place]!);
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
