/**
 * How likely each of several Beta distributions is to give the largest of one draw from each: Thompson sampling's
 * probability of choosing it (Thompson 1933), as a number instead of as the outcome of a draw. Knowing it is what makes
 * the propensity of a Thompson draw exact: the draw is made from these probabilities, so what is logged is what was done,
 * whatever the error of the quadrature.
 *
 * P(i is best) = ∫ f_i(x) Π_{j≠i} F_j(x) dx, on a grid that is finer towards 0, where the rates of watching lie.
 */
import type { Posterior } from './posterior.ts';

const POINTS = 96;
/** Square roots of the grid's points: even in u, so dx = 2 u du. */
const ROOTS = Float64Array.from({ length: POINTS }, (_, k) => (k + 0.5) / POINTS);
const LOG_X = ROOTS.map((u) => 2 * Math.log(u));
const LOG_REST = ROOTS.map((u) => Math.log1p(-u * u));
const LOG_WIDTH = ROOTS.map((u) => Math.log(u));
const LEAST = 1e-300;

/** A distribution on the grid, made once and asked about in many company. */
export interface Spread {
  /** Logarithm of the share below each point. */
  readonly logBelow: Float64Array;
  /** Share at the point, by the share below it: at most 2, as half of what is at a point counts as below it. */
  readonly ratio: Float64Array;
}

export function spreadOf({ alpha, beta }: Posterior): Spread {
  const mass = new Float64Array(POINTS);
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < POINTS; k++) {
    const log = (alpha - 1) * LOG_X[k]! + (beta - 1) * LOG_REST[k]! + LOG_WIDTH[k]!;
    mass[k] = log;
    if (log > largest) largest = log;
  }
  let total = 0;
  for (let k = 0; k < POINTS; k++) {
    mass[k] = Math.exp(mass[k]! - largest);
    total += mass[k]!;
  }
  const logBelow = new Float64Array(POINTS);
  const ratio = new Float64Array(POINTS);
  let below = 0;
  for (let k = 0; k < POINTS; k++) {
    const share = mass[k]! / total;
    const middle = Math.max(LEAST, below + share / 2);
    logBelow[k] = Math.log(middle);
    ratio[k] = share / middle;
    below += share;
  }
  return { logBelow, ratio };
}

/** In the order of `spreads`; they sum to one. Some POINTS multiplications per distribution. */
export function bestProbabilities(spreads: readonly Spread[]): Float64Array {
  const all = new Float64Array(POINTS);
  for (const { logBelow } of spreads) for (let k = 0; k < POINTS; k++) all[k]! += logBelow[k]!;
  for (let k = 0; k < POINTS; k++) all[k] = Math.exp(all[k]!);
  const best = new Float64Array(spreads.length);
  let total = 0;
  // Most arms are alike, and share a spread.
  const known = new Map<Spread, number>();
  for (const [i, spread] of spreads.entries()) {
    let sum = known.get(spread);
    if (sum === undefined) {
      sum = 0;
      for (let k = 0; k < POINTS; k++) sum += spread.ratio[k]! * all[k]!;
      known.set(spread, sum);
    }
    best[i] = sum;
    total += sum;
  }
  for (let i = 0; i < best.length; i++) best[i]! /= total;
  return best;
}
