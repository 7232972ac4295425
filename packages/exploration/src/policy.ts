/**
 * A policy says with which probability each arm is chosen from a set of arms. It does not draw: whoever draws does so from
 * these probabilities, so a policy cannot log another propensity than the one it acts by.
 */
import type { Posterior } from './posterior.ts';

export interface ExplorationPolicy {
  readonly name: string;
  /** Digests the arms of a page once. */
  prepare(arms: readonly Posterior[]): Chooser;
}

export interface Chooser {
  /**
   * @param among places of arms, at least one, none twice.
   * @returns a probability for each of `among`, in its order; they sum to one.
   */
  probabilities(among: readonly number[]): ArrayLike<number>;
}

export function meanOf({ alpha, beta }: Posterior): number {
  return alpha / (alpha + beta);
}

/** Place within `among` of the arm with the highest mean; the first of equals. */
export function bestAmong(means: ArrayLike<number>, among: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < among.length; i++) if (means[among[i]!]! > means[among[best]!]!) best = i;
  return best;
}
