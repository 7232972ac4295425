/** Protocols that draw: a share of each user's interactions, or of the users. */
import { createRandom, hash32, type Random } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Interactions, itemCounts, rowsWhere } from '../interactions/index.ts';
import { DROPPED, FOLD_IN, requireFraction, type Split, splitByLabel, TARGET, TRAINING } from './split.ts';

/**
 * A share of each user's interactions, drawn at random, is the test: `floor(fraction × n)`, so users with few only
 * train. A user's draw depends on the seed and the user's id alone.
 * @param options.testFraction default 0.2
 */
export function splitAtRandom(
  interactions: Interactions,
  options: { readonly seed: number; readonly testFraction?: number },
): Split {
  const { seed, testFraction = 0.2 } = options;
  requireFraction(testFraction, 'the test share');
  const labels = new Uint8Array(interactions.item.length).fill(TRAINING);
  for (let user = 0; user < interactions.users.length; user++) {
    for (const row of drawRows(interactions, user, testFraction, seed)) labels[row] = TARGET;
  }
  return splitByLabel(interactions, labels, 'random');
}

/**
 * Strong generalisation (Liang et al. 2018, Mult-VAE): some users are held out whole. Nothing is learned from them; of
 * each, a drawn 80 % is shown to the trained model and the rest is to be found. As published, items that no training
 * user has leave the held-out part, and users with fewer than `minimumRows` rows leave altogether.
 * @param options.heldOut share of the users, default 0.1
 * @param options.testFraction of a held-out user's rows, default 0.2
 * @param options.minimumRows default 5
 */
export function splitByUser(
  interactions: Interactions,
  options: {
    readonly seed: number;
    readonly heldOut?: number;
    readonly testFraction?: number;
    readonly minimumRows?: number;
  },
): Split {
  const { seed, heldOut = 0.1, testFraction = 0.2, minimumRows = 5 } = options;
  requireFraction(heldOut, 'the share of held-out users');
  requireFraction(testFraction, 'the test share');
  const { users, start, item } = interactions;
  const eligible = users.flatMap((_, user) => (start[user + 1]! - start[user]! >= minimumRows ? [user] : []));
  if (eligible.length < 2) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `strong generalisation needs two users with ${minimumRows} interactions or more`,
    );
  }
  const chosen = new Uint8Array(users.length);
  const count = Math.max(1, Math.round(eligible.length * heldOut));
  for (const user of createRandom(seed).shuffle(eligible).slice(0, count)) chosen[user] = 1;

  const labels = new Uint8Array(item.length);
  for (const user of eligible) {
    if (chosen[user] === 0) labels.fill(TRAINING, start[user]!, start[user + 1]!);
  }
  const known = itemCounts(rowsWhere(interactions, (row) => labels[row] === TRAINING));
  for (const user of eligible) {
    if (chosen[user] === 0) continue;
    labels.fill(FOLD_IN, start[user]!, start[user + 1]!);
    for (const row of drawRows(interactions, user, testFraction, seed)) labels[row] = TARGET;
    for (let row = start[user]!; row < start[user + 1]!; row++) {
      if (known[item[row]!] === 0) labels[row] = DROPPED;
    }
  }
  return splitByLabel(interactions, labels, 'strong');
}

function drawRows({ users, start }: Interactions, user: number, fraction: number, seed: number): number[] {
  const first = start[user]!;
  const length = start[user + 1]! - first;
  const random: Random = createRandom(hash32(users[user]!, seed));
  const rows = random.shuffle(Array.from({ length }, (_, i) => first + i));
  // The small addend: 0.2 × 10 must not end at 1.
  return rows.slice(0, Math.floor(length * fraction + 1e-9));
}
