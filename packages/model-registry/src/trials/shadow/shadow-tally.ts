/**
 * What a model in shadow was seen to do: sums and histograms that add up over processes, of a size that does not grow. Nothing in it is
 * about anybody.
 */
import { z } from 'zod';
import { kendall, spearman, topOverlap } from './rank-agreement.ts';

/** Probabilities are compared as log odds, where most of them differ: bins of 0.5 from −8 to 8. */
const LOGIT_BOUND = 8;
const BINS = 32;
const BIN_WIDTH = (2 * LOGIT_BOUND) / BINS;
/** Upper bounds, milliseconds. */
const LATENCY_MS = [0.5, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 500] as const;
export const TOP = 20;

const sum = z.number();
const counts = z.array(z.number().int().nonnegative());
const shadowTallySchema = z.object({
  slates: z.number().int(),
  candidates: z.number().int(),
  spearman: sum,
  kendall: sum,
  topOverlap: sum,
  productionScores: counts.length(BINS),
  shadowScores: counts.length(BINS),
  productionMs: counts.length(LATENCY_MS.length + 1),
  shadowMs: counts.length(LATENCY_MS.length + 1),
  /** Scores that are no probabilities. */
  unusable: z.number().int(),
  /** Pages that were to be looked at and were not: it was busy. */
  dropped: z.number().int(),
  /** Pages that it could not score. */
  failed: z.number().int(),
});
export type ShadowTally = z.infer<typeof shadowTallySchema>;

export interface ShadowedSlate {
  /** What the page was ordered by, and what the model in shadow would have ordered it by. */
  readonly productionOrder: Float32Array;
  readonly shadowOrder: Float32Array;
  readonly productionProbability: Float32Array;
  readonly shadowProbability: Float32Array;
  readonly productionMs: number;
  readonly shadowMs: number;
}

export function emptyTally(): ShadowTally {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  return {
    ...{ slates: 0, candidates: 0, spearman: 0, kendall: 0, topOverlap: 0 },
    productionScores: zeros(BINS),
    shadowScores: zeros(BINS),
    productionMs: zeros(LATENCY_MS.length + 1),
    shadowMs: zeros(LATENCY_MS.length + 1),
    ...{ unusable: 0, dropped: 0, failed: 0 },
  };
}

/** Changes the tally. */
export function addSlate(tally: ShadowTally, slate: ShadowedSlate): void {
  const { productionOrder, productionProbability, shadowProbability } = slate;
  let unusable = 0;
  for (const score of shadowProbability) if (!(score >= 0 && score <= 1)) unusable++;
  // What is not a number sinks, as it does where it serves.
  const shadowOrder = slate.shadowOrder.map((score) =>
    Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score,
  );
  tally.slates++;
  tally.candidates += productionOrder.length;
  tally.unusable += unusable;
  tally.spearman += spearman(productionOrder, shadowOrder);
  tally.kendall += kendall(productionOrder, shadowOrder);
  tally.topOverlap += topOverlap(productionOrder, shadowOrder, TOP);
  for (const score of productionProbability) tally.productionScores[binOf(score)]!++;
  for (const score of shadowProbability) tally.shadowScores[binOf(score)]!++;
  tally.productionMs[latencyBin(slate.productionMs)]!++;
  tally.shadowMs[latencyBin(slate.shadowMs)]!++;
}

export function mergeTallies(tallies: readonly ShadowTally[]): ShadowTally {
  const merged = emptyTally();
  for (const tally of tallies) {
    for (const key of Object.keys(merged) as (keyof ShadowTally)[]) {
      const [ours, theirs] = [merged[key], tally[key]];
      if (Array.isArray(ours)) for (let i = 0; i < ours.length; i++) ours[i]! += (theirs as number[])[i]!;
      else (merged as Record<string, unknown>)[key] = ours + (theirs as number);
    }
  }
  return merged;
}

/**
 * Population stability index of the scores' distributions: 0 equal, beyond 0.25 usually called a shift. Half a count in every bin, so that
 * an empty one is no infinity.
 * @param logOdds by which scores in shadow are moved before they are compared, see `examinedLogOdds`
 */
export function scoreShift({ productionScores, shadowScores: asScored }: ShadowTally, logOdds = 0): number {
  const shadowScores = movedBy(asScored, logOdds);
  const total = (bins: readonly number[]): number => bins.reduce((a, b) => a + b + 0.5, 0);
  const [all, ours] = [total(productionScores), total(shadowScores)];
  return productionScores.reduce((sumSoFar, count, bin) => {
    const expected = (count + 0.5) / all;
    const actual = (shadowScores[bin]! + 0.5) / ours;
    return sumSoFar + (actual - expected) * Math.log(actual / expected);
  }, 0);
}

/** A bin that would come to lie across two is divided between them. */
function movedBy(bins: readonly number[], logOdds: number): readonly number[] {
  const steps = Math.floor(logOdds / BIN_WIDTH);
  const part = logOdds / BIN_WIDTH - steps;
  const moved = new Array<number>(bins.length).fill(0);
  const at = (bin: number): number => Math.min(bins.length - 1, Math.max(0, bin));
  for (const [bin, count] of bins.entries()) {
    moved[at(bin + steps)]! += count * (1 - part);
    moved[at(bin + steps + 1)]! += count * part;
  }
  return moved;
}

/** Upper bound of the bin that the share lies in; Infinity beyond the last. NaN where nothing was measured. */
export function latencyAt(bins: readonly number[], share: number): number {
  const all = bins.reduce((a, b) => a + b, 0);
  if (all === 0) return Number.NaN;
  let below = 0;
  for (const [bin, count] of bins.entries()) {
    below += count;
    if (below >= share * all) return LATENCY_MS[bin] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

export function encodeTally(tally: ShadowTally): Uint8Array {
  return Buffer.from(JSON.stringify(tally));
}

/** @returns undefined for what is none of this version's. */
export function decodeTally(bytes: Uint8Array): ShadowTally | undefined {
  try {
    return shadowTallySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

function binOf(probability: number): number {
  const bounded = Number.isNaN(probability) ? 0 : Math.min(1 - 1e-9, Math.max(1e-9, probability));
  const logit = Math.log(bounded / (1 - bounded));
  const bin = Math.floor((logit + LOGIT_BOUND) / BIN_WIDTH);
  return Math.min(BINS - 1, Math.max(0, bin));
}

function latencyBin(milliseconds: number): number {
  const bin = LATENCY_MS.findIndex((bound) => milliseconds <= bound);
  return bin === -1 ? LATENCY_MS.length : bin;
}
