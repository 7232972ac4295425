/**
 * Whether a canary hurts, may take over, or has to go on. It is looked at all the time, so both answers rest on intervals that hold at every
 * look: that it hurts, for all guardrails together; that it does no harm, for each guardrail on the side where harm is. All of them have to be
 * harmless, so that needs no correction for their number. Pure.
 */
import type { GateResult } from '@marquee/model-registry';
import { narrowest, type RatioDifference, ratioDifference, sequentialRadius } from './ratio-difference.ts';
import { type CanaryOutcomes, GUARDRAILS, type Guardrail } from './read-outcomes.ts';

export interface CanaryLimits {
  /** Profiles of the smaller arm before it may take over. Default 500. */
  readonly profiles: number;
  /** And this long. Default one day: mornings and evenings differ. */
  readonly atLeastMs: number;
  /** After this long what does not pass is stopped. Default 14 days. */
  readonly atMostMs: number;
  /** Share of control's figure that may be lost, as far as the interval goes. Default 0.1. */
  readonly margin: number;
  /** Times what each guardrail tolerates in its own unit, where that is more than the margin. Default 1. */
  readonly tolerance: number;
  /** Of stopping one that does no harm, over all guardrails and looks. Default 0.05. */
  readonly alpha: number;
  /** Of letting one take over that is worse than the margin allows, over all looks. Default 0.05. */
  readonly beta: number;
}

export const DEFAULT_CANARY_LIMITS: CanaryLimits = {
  profiles: 500,
  atLeastMs: 86_400_000,
  atMostMs: 14 * 86_400_000,
  margin: 0.1,
  tolerance: 1,
  alpha: 0.05,
  beta: 0.05,
};

/** Of one guardrail, nothing is said below this many profiles in an arm: normal intervals are none. */
const LEAST_PROFILES = 30;

export interface CanaryReport {
  readonly verdict: 'waiting' | 'hurt' | 'passed' | 'inconclusive';
  readonly profiles: { readonly control: number; readonly canary: number };
  readonly limits: CanaryLimits;
  readonly checks: readonly GateResult[];
}

export function judgeCanary(
  outcomes: CanaryOutcomes,
  elapsedMs: number,
  given: Partial<CanaryLimits> = {},
): CanaryReport {
  const limits = { ...DEFAULT_CANARY_LIMITS, ...given };
  const smaller = Math.min(outcomes.control.profiles, outcomes.canary.profiles);
  const enough = smaller >= limits.profiles && elapsedMs >= limits.atLeastMs;
  const found = GUARDRAILS.map((guardrail) => examine(guardrail, outcomes, limits));
  const hurt = found.some(({ harmful }) => harmful);
  const harmless = found.every(({ harmless: fine }) => fine);
  const ended = elapsedMs >= limits.atMostMs;
  const verdict = hurt ? 'hurt' : enough && harmless ? 'passed' : ended ? 'inconclusive' : 'waiting';
  return {
    verdict,
    profiles: { control: outcomes.control.profiles, canary: outcomes.canary.profiles },
    limits,
    checks: found.map(({ check }) => check),
  };
}

interface Examined {
  /** Certainly worse, at whatever moment one looks. */
  readonly harmful: boolean;
  /** Not worse by more than the margin, at whatever moment one looks. */
  readonly harmless: boolean;
  readonly check: GateResult;
}

function examine(guardrail: Guardrail, { control, canary }: CanaryOutcomes, limits: CanaryLimits): Examined {
  const { name, better, tolerated } = guardrail;
  const measured = ratioDifference(control.sums[name], canary.sums[name]);
  if (measured === undefined || measured.profiles < LEAST_PROFILES) {
    const check = { gate: name, passed: true, reason: 'too few profiles to say', figures: {} };
    return { harmful: false, harmless: false, check };
  }
  const harm = better === 'more' ? -measured.difference : measured.difference;
  const allowed = Math.max(limits.margin * measured.control, limits.tolerance * tolerated);
  // Both are narrowest where a model that is as good as production may just take over.
  const decidedAt = allowed / narrowest(2 * limits.beta);
  const certain = sequentialRadius(measured, limits.alpha / GUARDRAILS.length, decidedAt);
  const likely = sequentialRadius(measured, 2 * limits.beta, decidedAt);
  const harmful = harm - certain > 0;
  const harmless = harm + likely <= allowed;
  const found = { harm, least: harm - certain, most: harm + likely, allowed, harmful };
  return { harmful, harmless, check: describe(name, measured, found) };
}

function describe(
  gate: string,
  { control, canary, profiles }: RatioDifference,
  found: { harm: number; least: number; most: number; allowed: number; harmful: boolean },
): GateResult {
  const { harm, least, most, allowed, harmful } = found;
  const reason = [
    `${canary.toFixed(3)}, control ${control.toFixed(3)}`,
    `worse by ${harm.toFixed(3)} (certainly by ${least.toFixed(3)}, at most by ${most.toFixed(3)}; allowed are ${allowed.toFixed(3)})`,
  ].join(', ');
  return {
    gate,
    passed: !harmful,
    reason,
    figures: { control, canary, profiles, harm, least, most, allowed },
  };
}
