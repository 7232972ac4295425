/**
 * Whether towers find at least as much as those in production, on the same histories: the gates of a model that finds candidates. What it
 * does to pages is for the ranker that orders them, and for the closed loop, to tell.
 */
import { join } from 'node:path';
import type { VectorRuntime } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import { bootstrapInterval } from '@marquee/training';
import { DEFAULT_LIMITS, type GateLimits, type GateResult, verdict } from '../gates/gate.ts';
import type { GateReport } from '../gates/judge.ts';
import { percent, signed } from '../gates/offline.gates.ts';
import type { ModelRegistry } from '../model-registry.ts';
import {
  examinePopularity,
  examineTowers,
  RECALL_AT,
  type RetrievalExamination,
} from './examine-retrieval.ts';
import type { NamedRetrievalHoldout } from './retrieval-holdout.ts';

export interface JudgeTowers {
  readonly registry: Pick<ModelRegistry, 'verify' | 'modelsFolder'>;
  readonly candidate: string;
  /** Undefined: nothing is in production. */
  readonly production: string | undefined;
  readonly holdout: NamedRetrievalHoldout;
  /** One that nobody has started, for these columns. */
  readonly makeRuntime: (columns: readonly string[]) => VectorRuntime;
  readonly limits?: Partial<GateLimits>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A candidate that cannot be loaded is a finding, not an error; so is a production model that cannot.
 * @throws MarqueeError NOT_FOUND for an unknown candidate
 */
export async function judgeTowers(options: JudgeTowers): Promise<GateReport> {
  const { registry, candidate, production, holdout } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const report = (gates: readonly GateResult[], comparedWith: string | null): GateReport => ({
    passed: gates.every(({ passed }) => passed),
    ...{ comparedWith, holdout: holdout.name, limits, gates },
  });
  const ours = await examined(options, candidate);
  if ('refusal' in ours) return report([verdict('runs', false, ours.refusal)], null);
  const theirs = production === undefined ? undefined : await examined(options, production);
  const compared = theirs === undefined || 'refusal' in theirs ? undefined : theirs;
  const { manifest } = await registry.verify(candidate);
  const { to } = manifest.trainingWindow;
  const unseen = Date.parse(to) < Date.parse(holdout.from);
  return report(
    [
      verdict('runs', true, 'both towers belong together and give vectors'),
      verdict(
        'unseen-holdout',
        unseen,
        unseen
          ? `${holdout.name} begins after the training ended`
          : `it was trained up to ${to}, and ${holdout.name} begins at ${holdout.from}: it may know the answers`,
      ),
      moreThanPopularity(ours.examination, holdout, limits),
      ...RECALL_AT.map((k, i) =>
        recallGain(k, ours.examination.recall[i]!, compared?.examination.recall[i], limits),
      ),
      coverage(ours.examination, compared?.examination, limits),
    ],
    compared === undefined ? null : (production ?? null),
  );
}

async function examined(
  { registry, holdout, makeRuntime, signal }: JudgeTowers,
  version: string,
): Promise<{ readonly examination: RetrievalExamination } | { readonly refusal: string }> {
  try {
    await registry.verify(version);
    const folder = join(registry.modelsFolder, version);
    return { examination: await examineTowers({ folder, holdout, makeRuntime, signal }) };
  } catch (error) {
    if (!(error instanceof MarqueeError && error.code === 'MODEL_INCOMPATIBLE')) throw error;
    return { refusal: error.message };
  }
}

/** What most people watch is found without a model. */
function moreThanPopularity(
  { recall }: RetrievalExamination,
  holdout: NamedRetrievalHoldout,
  { confidence, seed }: GateLimits,
): GateResult {
  const [k] = RECALL_AT;
  const popular = examinePopularity(holdout).recall[0]!;
  const gains = recall[0]!.map((value, profile) => value - popular[profile]!);
  const { lower, upper } = bootstrapInterval(gains, { seed, confidence });
  return verdict(
    'popularity',
    lower > 0,
    `recall@${k} over popularity's ${signed(mean(gains))} (${percent(confidence)} interval ${signed(lower)} to ${signed(upper)})`,
    { candidate: mean(recall[0]!), popularity: mean(popular), lower, upper },
  );
}

/** Paired, as the ranker's gates are. */
function recallGain(
  k: number,
  ours: Float64Array,
  theirs: Float64Array | undefined,
  { recallTolerance: tolerance, confidence, seed }: GateLimits,
): GateResult {
  const name = `recall@${k}`;
  const candidate = mean(ours);
  if (theirs === undefined) {
    const reason = `${candidate.toFixed(4)}; nothing that can be loaded is in production`;
    return verdict(name, true, reason, { candidate });
  }
  const gains = ours.map((value, profile) => value - theirs[profile]!);
  const { lower, upper } = bootstrapInterval(gains, { seed, confidence });
  const passed = lower >= -tolerance;
  const interval = `${signed(mean(gains))} (${percent(confidence)} interval ${signed(lower)} to ${signed(upper)})`;
  return verdict(
    name,
    passed,
    `gain over production ${interval}${passed ? '' : `: it may be worse by more than ${tolerance}`}`,
    { candidate, production: mean(theirs), gain: mean(gains), lower, upper, tolerance },
  );
}

function coverage(
  { coverage: candidate }: RetrievalExamination,
  theirs: RetrievalExamination | undefined,
  { coverageTolerance }: GateLimits,
): GateResult {
  const share = (of: number): string => `${(of * 100).toFixed(1)} %`;
  const first = `${share(candidate)} of the titles are among somebody's first ${RECALL_AT[0]}`;
  if (theirs === undefined) return verdict('coverage', true, first, { candidate });
  return verdict(
    'coverage',
    candidate >= theirs.coverage * (1 - coverageTolerance),
    `${first}, with production ${share(theirs.coverage)}`,
    { candidate, production: theirs.coverage },
  );
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
