/** All gates in order, and one answer. */
import {
  DEFAULT_LIMITS,
  type Findings,
  type Gate,
  type GateLimits,
  type GateResult,
  verdict,
} from './gate.ts';
import { calibrationError, coverage, featureSchema, latency, scores } from './guardrail.gates.ts';
import { logLossGain, ndcgGain, unseenHoldout } from './offline.gates.ts';

const GATES: readonly Gate[] = [
  featureSchema,
  unseenHoldout,
  scores,
  ndcgGain,
  logLossGain,
  calibrationError,
  coverage,
  latency,
];

/** The evidence of a promotion, as it is recorded. */
export interface GateReport {
  readonly passed: boolean;
  /** Version that the candidate was compared with; null where nothing that can be loaded was in production. */
  readonly comparedWith: string | null;
  readonly holdout: string;
  readonly limits: GateLimits;
  readonly gates: readonly GateResult[];
}

export function judge(
  findings: Findings,
  comparedWith: string | null,
  limits: Partial<GateLimits> = {},
): GateReport {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const { candidate, refusal } = findings;
  const gates =
    candidate === undefined
      ? [verdict(refusal?.gate ?? 'runs', false, refusal?.reason ?? 'it was not measured')]
      : [
          verdict('checksum', true, `model.onnx is ${candidate.manifest.checksum.slice(0, 12)}…`),
          ...GATES.map((gate) => gate(candidate, findings, all)),
        ];
  return {
    passed: gates.every(({ passed }) => passed),
    comparedWith,
    holdout: findings.holdout.name,
    limits: all,
    gates,
  };
}
