/** Whether a model that was only watched may serve somebody. Pure. */
import type { GateResult } from '../../gates/gate.ts';
import { latencyAt, type ShadowTally, scoreShift, TOP } from './shadow-tally.ts';

export interface ShadowLimits {
  /** Pages to have looked at. Default 200. */
  readonly slates: number;
  /** Mean Spearman correlation with production's order. Default 0.4: another kind of model may differ, one that learned noise correlates with nothing. */
  readonly spearman: number;
  /** Mean share of production's first 20 that are among its own. Default 0.15. */
  readonly topOverlap: number;
  /** Population stability index of the scores, the level that was examined set apart. Default 2: beyond it the scores mean something else. */
  readonly scoreShift: number;
  /** Of the pages it was to look at, those it could not. Default 0.02. */
  readonly failures: number;
  /** 99th percentile. Default 50. */
  readonly latencyMs: number;
  /** Beyond it, it may still take so many times what production's scoring takes at the same percentile. Default 1.5. */
  readonly latencyRatio: number;
}

export const DEFAULT_SHADOW_LIMITS: ShadowLimits = {
  slates: 200,
  spearman: 0.4,
  topOverlap: 0.15,
  scoreShift: 2,
  failures: 0.02,
  latencyMs: 50,
  latencyRatio: 1.5,
};

export interface ShadowReport {
  readonly verdict: 'waiting' | 'passed' | 'failed';
  readonly slates: number;
  readonly dropped: number;
  readonly limits: ShadowLimits;
  readonly checks: readonly GateResult[];
}

/** @param logOdds between the two models, see `examinedLogOdds` */
export function judgeShadow(
  tally: ShadowTally,
  given: Partial<ShadowLimits> = {},
  logOdds = 0,
): ShadowReport {
  const limits = { ...DEFAULT_SHADOW_LIMITS, ...given };
  const { slates, dropped, failed } = tally;
  const mean = (sum: number): number => (slates === 0 ? 0 : sum / slates);
  const common = { slates, dropped, limits };
  // Most pages of a model that cannot score will never be counted among the slates.
  const failures = slates + failed === 0 ? 0 : failed / (slates + failed);
  if (slates + failed < limits.slates) return { verdict: 'waiting', ...common, checks: [] };
  const shift = scoreShift(tally, logOdds);
  const [ours, theirs] = [latencyAt(tally.shadowMs, 0.99), latencyAt(tally.productionMs, 0.99)];
  const checks = [
    check(
      'shadow-failures',
      failures,
      failures <= limits.failures,
      `${percent(failures)} of the pages could not be scored`,
    ),
    check(
      'shadow-scores',
      tally.unusable,
      tally.unusable === 0,
      `${tally.unusable} scores are no probabilities`,
    ),
    check(
      'shadow-order',
      mean(tally.spearman),
      mean(tally.spearman) >= limits.spearman,
      `Spearman ${mean(tally.spearman).toFixed(3)} with production (Kendall ${mean(tally.kendall).toFixed(3)}), at least ${limits.spearman}`,
    ),
    check(
      'shadow-first-titles',
      mean(tally.topOverlap),
      mean(tally.topOverlap) >= limits.topOverlap,
      `${percent(mean(tally.topOverlap))} of production's first ${TOP} are among its own, at least ${percent(limits.topOverlap)}`,
    ),
    check(
      'shadow-distribution',
      shift,
      shift <= limits.scoreShift,
      `stability index of the scores ${shift.toFixed(3)}, at most ${limits.scoreShift}`,
    ),
    check(
      'shadow-latency',
      ours,
      ours <= limits.latencyMs || ours <= limits.latencyRatio * theirs,
      `p99 within ${ours} ms, production ${theirs} ms on the request's path; allowed are ${limits.latencyMs} ms, or ${limits.latencyRatio} times`,
    ),
  ];
  return { verdict: checks.every(({ passed }) => passed) ? 'passed' : 'failed', ...common, checks };
}

function check(gate: string, value: number, passed: boolean, reason: string): GateResult {
  return { gate, passed, reason, figures: Number.isFinite(value) ? { value } : {} };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
