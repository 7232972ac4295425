/** Whether a log can say anything about another policy at all. */
import type { LoggedActions } from './logged-actions.ts';
import { influenceOfUnits, sumsOfUnits } from './units.ts';

export interface Support {
  readonly rows: number;
  /** As many as rows where every row is a unit of its own. */
  readonly units: number;
  /** (Σw)² / Σw² (Kish): as many rows of the target policy's own log would be as informative, or fewer. */
  readonly effectiveSampleSize: number;
  /** Of the importance weights; 1 in expectation when the logged propensities are true. */
  readonly meanWeight: number;
  /** Its standard error; rows of one unit are not taken for independent. */
  readonly meanWeightDeviation: number;
  /** Share of all weight on the heaviest unit: on one row where every row is a unit. */
  readonly heaviestShare: number;
  /** Share of the target policy's choices that the log holds no single case of, or that the logging policy could not make there. */
  readonly unseenShare: number;
  /** Share of rows whose weight was cut. */
  readonly clippedShare: number;
}

export interface SupportLimits {
  readonly minEffectiveSampleSize: number;
  /** Also says how many units there are at least. */
  readonly maxHeaviestShare: number;
  readonly maxUnseenShare: number;
  /** In standard errors of the mean weight. */
  readonly maxWeightDeviation: number;
}

/** Beyond them an interval's width says little: the bootstrap cannot draw rows that the log does not hold. */
export const SUPPORT_LIMITS: SupportLimits = {
  minEffectiveSampleSize: 200,
  maxHeaviestShare: 0.05,
  maxUnseenShare: 0.05,
  maxWeightDeviation: 4,
};

/**
 * @param weights before they are clipped
 * @param unseen by row: the target policy's probability of actions that were never logged at that position, or could not be
 */
export function supportOf(
  weights: Float64Array,
  unseen: Float64Array,
  clip: number,
  log: Pick<LoggedActions, 'action' | 'unit'>,
): Support {
  const rows = weights.length;
  let sum = 0;
  let squares = 0;
  let clipped = 0;
  let unseenSum = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    sum += weight;
    squares += weight * weight;
    if (weight > clip) clipped++;
    unseenSum += unseen[row]!;
  }
  const mean = sum / rows;
  const heaviest = sumsOfUnits(weights, log).reduce((most, one) => Math.max(most, one), 0);
  const influence = influenceOfUnits(weights, log);
  const spread = influence.reduce((total, one) => total + (one - mean) ** 2, 0) / influence.length;
  return {
    rows,
    units: influence.length,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
    meanWeight: mean,
    meanWeightDeviation: Math.sqrt(spread / influence.length),
    heaviestShare: sum === 0 ? 1 : heaviest / sum,
    unseenShare: unseenSum / rows,
    clippedShare: clipped / rows,
  };
}

/** Why nothing should be concluded; empty when there is support. */
export function missingSupport(support: Support, limits: SupportLimits = SUPPORT_LIMITS): string[] {
  const reasons: string[] = [];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (support.effectiveSampleSize < limits.minEffectiveSampleSize) {
    reasons.push(
      `the log is worth ${support.effectiveSampleSize.toFixed(0)} rows of the policy's own; ${limits.minEffectiveSampleSize} are needed`,
    );
  }
  if (support.heaviestShare > limits.maxHeaviestShare) {
    reasons.push(
      `one ${support.units === support.rows ? 'row carries' : 'viewer’s rows carry'} ${percent(support.heaviestShare)} of all weight; ${percent(limits.maxHeaviestShare)} are allowed`,
    );
  }
  if (support.unseenShare > limits.maxUnseenShare) {
    reasons.push(
      `${percent(support.unseenShare)} of what the policy would choose was never logged; ${percent(limits.maxUnseenShare)} are allowed`,
    );
  }
  // What was never logged is missing from the mean; only the rest is the propensities' fault.
  const expected = 1 - support.unseenShare;
  // Of a few units there is no standard error to speak of.
  if (
    support.heaviestShare <= limits.maxHeaviestShare &&
    Math.abs(support.meanWeight - expected) > limits.maxWeightDeviation * support.meanWeightDeviation + 1e-9
  ) {
    reasons.push(
      `weights average ${support.meanWeight.toFixed(3)} instead of ${expected.toFixed(3)} ± ${support.meanWeightDeviation.toFixed(3)}: the logged propensities are not what rows were drawn with`,
    );
  }
  return reasons;
}
