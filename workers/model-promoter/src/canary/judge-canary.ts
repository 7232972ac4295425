/**
 * Whether a canary hurts, may take over, or has to go on. Two kinds of confidence, because two kinds of error cost differently: to stop a
 * canary it is looked at all the time, so the interval has to hold at every look; to let it take over there is one look, once enough was
 * seen. Pure.
 */
import type { GateResult } from '@marquee/model-registry';
import { fixedRadius, type RatioDifference, ratioDifference, sequentialRadius } from './ratio-difference.ts';
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
  /** Of all guardrails together, to stop one that does no harm. Default 0.05. */
  readonly alpha: number;
}

export const DEFAULT_CANARY_LIMITS: CanaryLimits = {
  profiles: 500,
  atLeastMs: 86_400_000,
  atMostMs: 14 * 86_400_000,
  margin: 0.1,
  alpha: 0.05,
};

/** Of one guardrail, nothing is said below this many profiles in an arm: normal intervals are none. */
const LEAST_PROFILES = 30;
/**
 * Where control has hardly any of something, a tenth of it is nothing: harm is counted from this many per session or play on.
 */
const LEAST_RATE = 0.02;

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
  /** Not worse by more than the margin, at this look. */
  readonly harmless: boolean;
  readonly check: GateResult;
}

function examine(guardrail: Guardrail, { control, canary }: CanaryOutcomes, limits: CanaryLimits): Examined {
  const { name, better } = guardrail;
  const measured = ratioDifference(control.sums[name], canary.sums[name]);
  if (measured === undefined || measured.profiles < LEAST_PROFILES) {
    const check = { gate: name, passed: true, reason: 'too few profiles to say', figures: {} };
    return { harmful: false, harmless: false, check };
  }
  const harm = better === 'more' ? -measured.difference : measured.difference;
  const always = sequentialRadius(measured, limits.alpha / GUARDRAILS.length, limits.profiles);
  // One-sided: 95 % that it is not worse than this.
  const once = fixedRadius(measured, 0.1);
  const allowed = limits.margin * Math.max(measured.control, LEAST_RATE);
  const harmful = harm - always > 0;
  const harmless = harm + once <= allowed;
  return { harmful, harmless, check: describe(name, measured, { harm, always, once, allowed, harmful }) };
}

function describe(
  gate: string,
  { control, canary, profiles }: RatioDifference,
  found: { harm: number; always: number; once: number; allowed: number; harmful: boolean },
): GateResult {
  const { harm, always, once, allowed, harmful } = found;
  const reason = [
    `${canary.toFixed(3)}, control ${control.toFixed(3)}`,
    `worse by ${harm.toFixed(3)} (at any look between ${(harm - always).toFixed(3)} and ${(harm + always).toFixed(3)}`,
    `at most ${(harm + once).toFixed(3)} at this one; allowed are ${allowed.toFixed(3)})`,
  ].join(', ');
  return {
    gate,
    passed: !harmful,
    reason,
    figures: { control, canary, profiles, harm, always, once, allowed },
  };
}
