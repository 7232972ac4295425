/**
 * Off-policy evaluation: what a policy would have earned, from the log of another one. Four estimators with intervals, and a
 * refusal where the log does not support a conclusion.
 *
 * - *IPS*, mean of w r: unbiased when every action the policy may choose had a chance; wide when weights are uneven.
 * - *SNIPS*, Σ w r / Σ w (Swaminathan & Joachims 2015): a little biased, much narrower.
 * - *direct method*, mean of Σ π(a) q(a): narrow, and as wrong as the reward model.
 * - *doubly robust* (Dudík et al. 2011), direct method + mean of w (r − q): right when weights or model are.
 *
 * w = π(a) / propensity; q is cross-fitted.
 */
import { bootstrapIntervals, type Interval } from '../metrics/index.ts';
import { type LoggedActions, requireLog, type TargetPolicy } from './logged-actions.ts';
import { crossFitted, directMethodInterval } from './reward-model.ts';
import { missingSupport, type Support, type SupportLimits, supportOf } from './support.ts';
import { influenceOfUnits } from './units.ts';

/** Each learns the reward model anew. */
const DIRECT_RESAMPLES = 400;

export const ESTIMATORS = ['ips', 'snips', 'direct', 'doubly-robust'] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export interface PolicyValue extends Interval {
  /** Expected reward per row. */
  readonly value: number;
}

export interface PolicyEstimate {
  readonly support: Support;
  /** Why nothing should be concluded. Empty: `values` holds all estimators. */
  readonly missing: readonly string[];
  /** Absent when support is missing: a number would be believed. */
  readonly values?: Readonly<Record<Estimator, PolicyValue>>;
}

export interface OffPolicyOptions {
  readonly seed: number;
  /** Weights above are cut to it, which trades a bias towards 0 for narrower intervals. Default: none are. */
  readonly clip?: number;
  /** Default 5. */
  readonly folds?: number;
  /** Default 2,000. */
  readonly resamples?: number;
  readonly limits?: SupportLimits;
}

/** @throws MarqueeError BAD_USER_INPUT for a log that cannot be used, see `requireLog` */
export function estimatePolicy(
  log: LoggedActions,
  policy: TargetPolicy,
  options: OffPolicyOptions,
): PolicyEstimate {
  requireLog(log);
  const { seed, clip = Number.POSITIVE_INFINITY, folds = 5, resamples = 2_000 } = options;
  const { actions, action, position, reward, propensity, possible } = log;
  const rows = action.length;
  const logged = new Uint8Array(actions * log.positions);
  for (let row = 0; row < rows; row++) logged[position[row]! * actions + action[row]!] = 1;
  const rewardsFor = crossFitted(log, folds, seed);

  const raw = new Float64Array(rows);
  const unseen = new Float64Array(rows);
  const direct = new Float64Array(rows);
  const predicted = new Float64Array(rows);
  const probabilities = new Float64Array(actions);
  const chance = new Float64Array(actions * log.positions);
  for (let row = 0; row < rows; row++) {
    policy(row, probabilities);
    const table = rewardsFor(row);
    const first = position[row]! * actions;
    for (let a = 0; a < actions; a++) {
      direct[row]! += probabilities[a]! * table[first + a]!;
      chance[first + a]! += probabilities[a]! / rows;
      const couldBe = logged[first + a] === 1 && possible?.(row, a) !== false;
      if (!couldBe) unseen[row]! += probabilities[a]!;
    }
    predicted[row] = table[first + action[row]!]!;
    raw[row] = probabilities[action[row]!]! / propensity[row]!;
  }
  const support = supportOf(raw, unseen, clip, log);
  const missing = missingSupport(support, options.limits);
  if (missing.length > 0) return { support, missing };

  const weights = raw.map((weight) => Math.min(weight, clip));
  const meanWeight = mean(weights);
  const weighted = weights.map((weight, row) => weight * reward[row]!);
  const normalised = mean(weighted) / meanWeight;
  const columns: Record<Estimator, Float64Array> = {
    ips: weighted,
    // Rows' influence on the ratio: its bootstrap is the ratio's, to first order.
    snips: weights.map((weight, row) => normalised + (weight * (reward[row]! - normalised)) / meanWeight),
    direct,
    'doubly-robust': direct.map((value, row) => value + weights[row]! * (reward[row]! - predicted[row]!)),
  };
  const intervals = bootstrapIntervals(
    ESTIMATORS.map((name) => influenceOfUnits(columns[name], log)),
    { seed, resamples },
  );
  const values = Object.fromEntries(
    ESTIMATORS.map((name, i) => [name, { value: mean(columns[name]), ...intervals[i]! }]),
  ) as Record<Estimator, PolicyValue>;
  values.direct = {
    value: values.direct.value,
    ...directMethodInterval(log, chance, { seed, resamples: Math.min(resamples, DIRECT_RESAMPLES) }),
  };
  return { support, missing, values };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
