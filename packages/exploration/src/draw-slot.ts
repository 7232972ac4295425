/**
 * One slot, one draw. Where titles are owed impressions, a share of the draws goes to those, by what each is owed and how
 * much it appeals to the viewer; the rest follows the policy. The propensity is the probability of the whole:
 * `share × weight / weights` for one that is owed something, plus `(1 - share) × policy`. It is conditional on the draws
 * before it on the page, which leave fewer to draw from.
 */
import { pick } from './pick.ts';
import type { Chooser } from './policy.ts';

export interface SlotPool {
  readonly chooser: Chooser;
  /** Weight in the owed share, by place of the arm: finite, and 0 where nothing is owed. */
  readonly owed: ArrayLike<number>;
  /** See `Guarantee.share`. */
  readonly owedShare: number;
}

export interface Drawn {
  /** Place of the arm. */
  readonly arm: number;
  /** In (0, 1]. */
  readonly propensity: number;
}

/**
 * @param among places of arms that the slot may get, none twice.
 * @param random uniform in [0, 1); asked once.
 * @returns undefined where `among` is empty.
 */
export function drawSlot(pool: SlotPool, among: readonly number[], random: () => number): Drawn | undefined {
  if (among.length === 0) return undefined;
  const probabilities = slotProbabilities(pool, among);
  const drawn = pick(probabilities, random);
  return { arm: among[drawn]!, propensity: Math.min(1, probabilities[drawn]!) };
}

/** In the order of `among`; they sum to one. */
export function slotProbabilities(pool: SlotPool, among: readonly number[]): Float64Array {
  const probabilities = new Float64Array(pool.chooser.probabilities(among));
  let owed = 0;
  for (const arm of among) owed += pool.owed[arm]!;
  if (!(owed > 0) || pool.owedShare === 0) return probabilities;
  for (let i = 0; i < among.length; i++) {
    const guaranteed = (pool.owedShare * pool.owed[among[i]!]!) / owed;
    probabilities[i] = guaranteed + (1 - pool.owedShare) * probabilities[i]!;
  }
  return probabilities;
}
