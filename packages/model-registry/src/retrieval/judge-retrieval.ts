/**
 * Whether a version finds at least as much as what is in production, on the same histories: the gates of a model that finds candidates. What it
 * does to pages is for the ranker that orders them, and for the closed loop, to tell.
 */
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { bootstrapInterval } from '@marquee/training';
import { DEFAULT_LIMITS, type GateLimits, type GateResult, verdict } from '../gates/gate.ts';
import type { GateReport } from '../gates/judge.ts';
import { percent, signed } from '../gates/offline.gates.ts';
import { examinePopularity, type RetrievalExamination, type RetrievalExaminer } from './examine-retrieval.ts';
import type { RetrievalRegistry } from './lines.ts';
import type { NamedRetrievalHoldout } from './retrieval-holdout.ts';

export interface JudgeRetrieval {
  readonly registry: Pick<RetrievalRegistry, 'verify' | 'modelsFolder'>;
  readonly examiner: RetrievalExaminer;
  readonly candidate: string;
  /** Undefined: nothing is in production. */
  readonly production: string | undefined;
  readonly holdout: NamedRetrievalHoldout;
  readonly limits?: Partial<GateLimits>;
  readonly signal?: AbortSignal | undefined;
}

/** Times production's level of scores, or a part of it: beyond, the ranker would take them for something else than it learned. */
const LEVEL_RATIO = 1.5;

/**
 * A candidate that cannot be loaded is a finding, not an error; so is a production model that cannot.
 * @throws MarqueeError NOT_FOUND for an unknown candidate
 */
export async function judgeRetrieval(options: JudgeRetrieval): Promise<GateReport> {
  const { examiner, candidate, production, holdout } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const report = (gates: readonly GateResult[], comparedWith: string | null): GateReport => ({
    passed: gates.every(({ passed }) => passed),
    ...{ comparedWith, holdout: holdout.name, limits, gates },
  });
  const ours = await examined(options, candidate);
  if ('refusal' in ours) return report([verdict('runs', false, ours.refusal)], null);
  const theirs = production === undefined ? undefined : await examined(options, production);
  const compared = theirs === undefined || 'refusal' in theirs ? undefined : theirs;
  const { recallAt } = examiner;
  return report(
    [
      verdict('runs', true, 'it is whole, its parts belong together, and it was made for what it is given'),
      unseen('unseen-holdout', 'it', ours.trainedTo, holdout),
      ...(compared === undefined ? [] : [unseen('even-terms', 'production', compared.trainedTo, holdout)]),
      moreThanPopularity(ours.examination, await examinePopularity(holdout, recallAt), recallAt[0], limits),
      ...recallAt.map((k, i) =>
        recallGain(k, ours.examination.recall[i]!, compared?.examination.recall[i], limits),
      ),
      coverage(ours.examination, compared?.examination, recallAt[0], limits),
      ...scoreLevel(ours.examination, compared?.examination),
    ],
    compared === undefined ? null : (production ?? null),
  );
}

interface Examined {
  readonly examination: RetrievalExamination;
  /** ISO 8601. */
  readonly trainedTo: string;
}

async function examined(
  { registry, examiner, holdout, signal }: JudgeRetrieval,
  version: string,
): Promise<Examined | { readonly refusal: string }> {
  try {
    const { manifest } = await registry.verify(version);
    const folder = join(registry.modelsFolder, version);
    const examination = await examiner.examine({ folder, holdout, signal });
    return { examination, trainedTo: manifest.trainingWindow.to };
  } catch (error) {
    if (!(error instanceof MarqueeError && error.code === 'MODEL_INCOMPATIBLE')) throw error;
    return { refusal: error.message };
  }
}

/** Who was trained on the answers is not examined by them; and nobody can be compared with one who was. */
function unseen(gate: string, who: string, trainedTo: string, holdout: NamedRetrievalHoldout): GateResult {
  const passed = Date.parse(trainedTo) < Date.parse(holdout.from);
  return verdict(
    gate,
    passed,
    passed
      ? `${holdout.name} begins after ${who === 'it' ? 'its' : `${who}'s`} training ended`
      : `${who} was trained up to ${trainedTo}, and ${holdout.name} begins at ${holdout.from}: it may know the answers`,
  );
}

/** What most people watch is found without a model. */
function moreThanPopularity(
  { recall }: RetrievalExamination,
  popularity: RetrievalExamination,
  k: number,
  { confidence, seed }: GateLimits,
): GateResult {
  const popular = popularity.recall[0]!;
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
  k: number,
  { coverageTolerance }: GateLimits,
): GateResult {
  const share = (of: number): string => `${(of * 100).toFixed(1)} %`;
  const first = `${share(candidate)} of the titles are among somebody's first ${k}`;
  if (theirs === undefined) return verdict('coverage', true, first, { candidate });
  return verdict(
    'coverage',
    candidate >= theirs.coverage * (1 - coverageTolerance),
    `${first}, with production ${share(theirs.coverage)}`,
    { candidate, production: theirs.coverage },
  );
}

/** Of a model whose scores the ranker learns from. */
function scoreLevel(
  { level }: RetrievalExamination,
  theirs: RetrievalExamination | undefined,
): readonly GateResult[] {
  if (level === undefined || theirs?.level === undefined) return [];
  const ratio = level / theirs.level;
  const passed = ratio <= LEVEL_RATIO && ratio >= 1 / LEVEL_RATIO;
  const reason = `scores of first titles are ${level.toFixed(3)}, with production ${theirs.level.toFixed(3)}`;
  return [
    verdict('score-level', passed, passed ? reason : `${reason}: the ranker has learned what those mean`, {
      candidate: level,
      production: theirs.level,
    }),
  ];
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
