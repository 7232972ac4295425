/** Whether a log can say anything about another policy at all. */

export interface Support {
  readonly rows: number;
  /** (Σw)² / Σw² (Kish): as many rows of the target policy's own log would be as informative, or fewer. */
  readonly effectiveSampleSize: number;
  /** Of the importance weights; 1 in expectation when the logged propensities are true. */
  readonly meanWeight: number;
  readonly meanWeightDeviation: number;
  /** Share of all weight on the heaviest row. */
  readonly heaviestShare: number;
  /** Share of the target policy's choices that the log holds no single case of. */
  readonly unseenShare: number;
  /** Share of rows whose weight was cut. */
  readonly clippedShare: number;
}

export interface SupportLimits {
  readonly minEffectiveSampleSize: number;
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
 * @param unseen by row: the target policy's probability of actions that were never logged at that position
 */
export function supportOf(weights: Float64Array, unseen: Float64Array, clip: number): Support {
  const rows = weights.length;
  let sum = 0;
  let squares = 0;
  let heaviest = 0;
  let clipped = 0;
  let unseenSum = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    sum += weight;
    squares += weight * weight;
    if (weight > heaviest) heaviest = weight;
    if (weight > clip) clipped++;
    unseenSum += unseen[row]!;
  }
  const mean = sum / rows;
  return {
    rows,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
    meanWeight: mean,
    meanWeightDeviation: Math.sqrt(Math.max(0, squares / rows - mean * mean) / rows),
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
      `one row carries ${percent(support.heaviestShare)} of all weight; ${percent(limits.maxHeaviestShare)} are allowed`,
    );
  }
  if (support.unseenShare > limits.maxUnseenShare) {
    reasons.push(
      `${percent(support.unseenShare)} of what the policy would choose was never logged; ${percent(limits.maxUnseenShare)} are allowed`,
    );
  }
  // What was never logged is missing from the mean; only the rest is the propensities' fault.
  const expected = 1 - support.unseenShare;
  if (
    Math.abs(support.meanWeight - expected) >
    limits.maxWeightDeviation * support.meanWeightDeviation + 1e-9
  ) {
    reasons.push(
      `weights average ${support.meanWeight.toFixed(3)} instead of ${expected.toFixed(3)} ± ${support.meanWeightDeviation.toFixed(3)}: the logged propensities are not what rows were drawn with`,
    );
  }
  return reasons;
}
