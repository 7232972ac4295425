/** Interactions as sequences of rows of the item table: the items somebody has, by index. */
import type { Random } from '@marquee/domain';
import { type Interactions, itemCounts } from '../../interactions/index.ts';

/** Below so many users a validation says nothing. */
const LEAST_VALIDATION_USERS = 20;
/** For something to learn from and something to choose with. */
const LEAST_VALIDATION_LENGTH = 3;

export interface ItemRows {
  /** Item index by row. */
  readonly items: Uint32Array;
  /** Row by item index; −1 for items nobody has. */
  readonly rowOf: Int32Array;
  /** Users by row. */
  readonly counts: Uint32Array;
}

export function itemRows(interactions: Interactions): ItemRows {
  const all = itemCounts(interactions);
  const items = Uint32Array.from(all.keys()).filter((item) => all[item]! > 0);
  const rowOf = new Int32Array(all.length).fill(-1);
  for (const [row, item] of items.entries()) rowOf[item] = row;
  return { items, rowOf, counts: Uint32Array.from(items, (item) => all[item]!) };
}

export interface Sequences {
  /** All rows of all users. */
  readonly rows: Uint32Array;
  readonly start: Uint32Array;
  /** By user: how many of them training may see. */
  readonly lengths: Uint32Array;
  /** Users whose last interaction training does not see; ascending. */
  readonly validation: Uint32Array;
}

/** @param validationUsers at most; too few to tell anything are none */
export function sequencesOf(
  { start, item, users }: Interactions,
  { rowOf }: ItemRows,
  validationUsers: number,
  random: Random,
): Sequences {
  const rows = Uint32Array.from(item, (own) => rowOf[own]!);
  const lengths = Uint32Array.from(users, (_, user) => start[user + 1]! - start[user]!);
  const eligible = [...lengths.keys()].filter((user) => lengths[user]! >= LEAST_VALIDATION_LENGTH);
  const drawn = random.shuffle(eligible).slice(0, validationUsers);
  const validation = Uint32Array.from(drawn.length < LEAST_VALIDATION_USERS ? [] : drawn).sort();
  for (const user of validation) lengths[user]!--;
  return { rows, start, lengths, validation };
}

/** The newest `length` known rows of a history. */
export function newestRows(items: Uint32Array, { rowOf }: ItemRows, length: number): Uint32Array {
  const rows: number[] = [];
  for (let i = items.length - 1; i >= 0 && rows.length < length; i--) {
    const row = rowOf[items[i]!] ?? -1;
    if (row >= 0) rows.push(row);
  }
  return Uint32Array.from(rows.reverse());
}

const CUTOFF = 10;

/**
 * NDCG@10 of one target among all rows but those of the history.
 * @param scores by row; those of the history are lost
 */
export function gainOf(scores: Float32Array, history: Uint32Array, target: number): number {
  const own = scores[target]!;
  for (const row of history) scores[row] = Number.NEGATIVE_INFINITY;
  let rank = 1;
  for (let row = 0; row < scores.length && rank <= CUTOFF; row++) if (scores[row]! > own) rank++;
  return rank <= CUTOFF ? 1 / Math.log2(rank + 1) : 0;
}
