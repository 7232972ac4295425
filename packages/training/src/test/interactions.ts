/** Small data sets for tests, written as rows. */
import { createRandom } from '@marquee/domain';
import { createInteractionBuilder, type Interactions } from '../interactions/index.ts';

export type Row = readonly [user: string, item: string, at?: number, rating?: number];

export function interactionsOf(rows: readonly Row[]): Interactions {
  const builder = createInteractionBuilder();
  for (const [user, item, at = Number.NaN, rating = Number.NaN] of rows) builder.add(user, item, rating, at);
  return builder.build().interactions;
}

/** As rows again, by user, in order. */
export function rowsOf({ users, items, start, item, at }: Interactions): [string, string, number][] {
  return users.flatMap((user, u) =>
    Array.from({ length: start[u + 1]! - start[u]! }, (_, i): [string, string, number] => {
      const row = start[u]! + i;
      return [user, items[item[row]!]!, at[row]!];
    }),
  );
}

/**
 * People of a few tastes: each likes one block of items, popular ones more, and tries others now and then. One row per
 * minute and person.
 */
export function tastefulInteractions(options: {
  readonly seed: number;
  readonly users: number;
  readonly items: number;
  readonly tastes: number;
  readonly perUser: number;
}): Interactions {
  const random = createRandom(options.seed);
  const block = Math.floor(options.items / options.tastes);
  const rows: Row[] = [];
  for (let user = 0; user < options.users; user++) {
    const first = (user % options.tastes) * block;
    for (let i = 0; i < options.perUser; i++) {
      const own = Math.floor(block * random.next() ** 1.5);
      const item = random.next() < 0.8 ? first + own : random.integer(options.items);
      rows.push([`u${user}`, `i${item}`, (user + i * options.users) * 60_000]);
    }
  }
  return interactionsOf(rows);
}

/** People walk along a ring of items, a step at a time, mostly; each begins somewhere. Only order tells where they are going. */
export function walkedInteractions(options: {
  readonly users: number;
  readonly items: number;
  readonly perUser: number;
}): Interactions {
  const random = createRandom(11);
  const rows: Row[] = [];
  for (let user = 0; user < options.users; user++) {
    let item = random.integer(options.items);
    for (let step = 0; step < options.perUser; step++) {
      rows.push([`u${user}`, `i${item}`, step * 60_000]);
      item = (item + (random.next() < 0.9 ? 1 : random.integer(options.items))) % options.items;
    }
  }
  return interactionsOf(rows);
}
