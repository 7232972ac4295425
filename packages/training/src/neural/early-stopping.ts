/**
 * Epochs until none has been better for a while. After each, the averaged weights are judged, and the best are kept: an average
 * of the last weights is nearly always better than the last weights themselves, so it is the average that is judged and kept.
 */
import type { Parameters } from './parameters.ts';
import type { Trainer } from './trainer.ts';

const SLOWER = 1 / 3;

export interface EpochOptions {
  /** Passes over the data at most. */
  readonly maxEpochs: number;
  /** Passes without a better judgement before it ends. */
  readonly patience: number;
  /** Passes without a better judgement after which steps become a third as long: what is left to gain is small. 0, or absent: they never do. */
  readonly slowAfter?: number;
  /** Minutes of epochs at most, 0 for no limit. The epoch in which they end is cut short, and judged like the others. */
  readonly minutes: number;
  /** @param timeIsOver asked between steps; once it is, no further one begins. @returns the mean loss */
  readonly runEpoch: (epoch: number, timeIsOver: () => boolean) => Promise<number>;
  /** How good the weights in `parameters` are, the more the better; networks of retrieval say NDCG@10, and so do notes. Absent: all epochs are run, and the last weights kept. */
  readonly judge?: () => Promise<number>;
  readonly onNote?: (text: string) => void;
}

export interface EpochsRun {
  /** That the weights have seen. */
  readonly epochs: number;
  readonly ndcg: number | undefined;
}

/** Leaves the best weights in `parameters`. */
export async function runEpochs(
  trainer: Trainer,
  parameters: Parameters,
  { maxEpochs, patience, slowAfter = 0, minutes, runEpoch, judge, onNote }: EpochOptions,
): Promise<EpochsRun> {
  const startedAt = performance.now();
  const timeIsOver = (): boolean => minutes > 0 && performance.now() - startedAt > 60_000 * minutes;
  const best = { epoch: 0, ndcg: Number.NEGATIVE_INFINITY, weights: trainer.average.slice() };
  for (let epoch = 1; epoch <= maxEpochs; epoch++) {
    const loss = await runEpoch(epoch - 1, timeIsOver);
    const ndcg = judge === undefined ? epoch : await withWeights(parameters, trainer.average, judge);
    if (ndcg > best.ndcg) {
      best.epoch = epoch;
      best.ndcg = ndcg;
      best.weights.set(trainer.average);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const most = maxEpochs - epoch;
    const least = judge === undefined ? most : Math.min(most, best.epoch + patience - epoch);
    onNote?.(
      [
        `epoch ${epoch}: loss ${loss.toFixed(4)}`,
        ...(judge === undefined
          ? []
          : [`validation NDCG@10 ${ndcg.toFixed(4)} (best ${best.ndcg.toFixed(4)} at ${best.epoch})`]),
        `${(seconds / epoch).toFixed(1)} s each`,
        `${toMinutes(least, seconds / epoch)} to ${toMinutes(most, seconds / epoch)} minutes left`,
      ].join(', '),
    );
    if (judge !== undefined && epoch - best.epoch >= patience) break;
    if (slowAfter > 0 && epoch > best.epoch && (epoch - best.epoch) % slowAfter === 0) {
      trainer.scaleRate(SLOWER);
    }
    if (timeIsOver()) break;
  }
  parameters.values.set(best.weights);
  return { epochs: best.epoch, ndcg: judge === undefined ? undefined : best.ndcg };
}

async function withWeights<T>(
  { values }: Parameters,
  weights: Float32Array,
  use: () => Promise<T>,
): Promise<T> {
  const before = values.slice();
  values.set(weights);
  try {
    return await use();
  } finally {
    values.set(before);
  }
}

function toMinutes(epochs: number, secondsEach: number): string {
  return ((epochs * secondsEach) / 60).toFixed(1);
}
