/** What a gate is asked and what it says. A gate is a pure function of what was measured, with a reason either way. */
import type { ModelManifest, ServedInputs } from '@marquee/model-runtime';
import type { Examination } from './examine.ts';

export interface GateLimits {
  /** How much worse NDCG@10 may be, as far as the interval of the difference goes. Default 0.005. */
  readonly ndcgTolerance: number;
  /** The same for the recall of a model that finds candidates. Default 0.02. */
  readonly recallTolerance: number;
  /** The same for log loss, in nats. Default 0.01. */
  readonly logLossTolerance: number;
  /** How much greater the calibration error may be. Default 0.02. */
  readonly calibrationTolerance: number;
  /** Share of production's coverage that may be lost, beyond what chance explains. Default 0.1. */
  readonly coverageTolerance: number;
  /** For 1,000 rows at the 99th percentile. Default 15. */
  readonly latencyBudgetMs: number;
  /** Beyond the budget it may still take this many times as long as production in the same run. Default 1.25. */
  readonly latencyRatio: number;
  /** Of the intervals. Default 0.95. */
  readonly confidence: number;
  readonly seed: number;
}

export const DEFAULT_LIMITS: GateLimits = {
  ndcgTolerance: 0.005,
  recallTolerance: 0.02,
  logLossTolerance: 0.01,
  calibrationTolerance: 0.02,
  coverageTolerance: 0.1,
  latencyBudgetMs: 15,
  latencyRatio: 1.25,
  confidence: 0.95,
  seed: 1,
};

export interface Latency {
  /** Milliseconds for `rows` rows, in a scoring thread, with the way there and back. */
  readonly p50: number;
  readonly p99: number;
}

export interface Contender {
  readonly manifest: ModelManifest;
  readonly examination: Examination;
  readonly latency: Latency;
}

export interface Findings {
  /** Of the file that was measured, whole and loaded; undefined when it was not. */
  readonly candidate: Contender | undefined;
  /** Why the candidate was not measured: damaged, or trained on other columns. */
  readonly refusal?: { readonly gate: 'checksum' | 'feature-schema' | 'runs'; readonly reason: string };
  /** Undefined: nothing that can be loaded is in production. */
  readonly production: Contender | undefined;
  readonly served: ServedInputs;
  /** What needs no training, on the same rows: the order of popularity, and the share of watches as everybody's probability. */
  readonly untrained: Examination;
  readonly holdout: {
    readonly name: string;
    readonly from: string;
    readonly to: string;
    /** Group by group, epoch milliseconds. Absent: only the ends are known. */
    readonly groupsAt?: Float64Array | undefined;
  };
}

export interface GateResult {
  readonly gate: string;
  readonly passed: boolean;
  /** A sentence for people. */
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

export type Gate = (candidate: Contender, findings: Findings, limits: GateLimits) => GateResult;

export function verdict(
  gate: string,
  passed: boolean,
  reason: string,
  figures: Readonly<Record<string, number>> = {},
): GateResult {
  return { gate, passed, reason, figures };
}
