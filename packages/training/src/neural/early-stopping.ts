/**
 * Epochs until none has been better for a while. After each, the averaged weights are judged, and the best are kept: an average
 * of the last weights is nearly always better than the last weights themselves, so it is the average that is judged and kept.
 */
import type { Parameters } from './parameters.ts';
import type { Trainer } from './trainer.ts';

/** The last steps of a decay still go somewhere. */
const LEAST_RATE = 0.02;

export interface EpochOptions {
  /** Passes over the data at most. */
  readonly maxEpochs: number;
  /** Passes without a better judgement before it ends. */
  readonly patience: number;
  /** Minutes of epochs at most, 0 for no limit. The epoch in which they end is cut short, and judged like the others. */
  readonly minutes: number;
  /**
   * Steps become shorter from epoch to epoch, in a straight line to nearly nothing at the last: of `maxEpochs`, or of those there
   * are minutes for. Absent: all are as long.
   */
  readonly decay?: boolean;
  /** Milliseconds; default `performance.now`. */
  readonly now?: () => number;
  /** @param timeIsOver asked between steps; once it is, no further one begins. @returns the mean loss */
  readonly runEpoch: (epoch: number, timeIsOver: () => boolean) => Promise<number>;
  /** How good the weights in `parameters` are, the more the better; networks of retrieval say NDCG@10, and so do notes. Absent: all epochs are run, and the last weights kept. */
  readonly judge?: () => Promise<number>;
  readonly onNote?: (text: string) => void;
  /** Told once, at the end, where the minutes had a say in what was reached: it depends on the machine then. */
  readonly onLimit?: (text: string) => void;
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
  options: EpochOptions,
): Promise<EpochsRun> {
  const { maxEpochs, patience, minutes, decay = false, runEpoch, judge, onNote } = options;
  const { now = () => performance.now(), onLimit } = options;
  const startedAt = now();
  const limit = minutes === 0 ? Number.POSITIVE_INFINITY : 60_000 * minutes;
  const timeIsOver = (): boolean => now() - startedAt > limit;
  const best = { epoch: 0, ndcg: Number.NEGATIVE_INFINITY, weights: trainer.average.slice() };
  let done = 0;
  let limited = false;
  for (let epoch = 1; epoch <= maxEpochs; epoch++) {
    const timeGone = (now() - startedAt) / limit;
    if (decay) trainer.setRate(rateLeft(epoch - 1, maxEpochs, timeGone));
    limited ||= decay && isBehind(epoch - 1, maxEpochs, timeGone);
    const loss = await runEpoch(epoch - 1, timeIsOver);
    const ndcg = judge === undefined ? epoch : await withWeights(parameters, trainer.average, judge);
    if (ndcg > best.ndcg) {
      best.epoch = epoch;
      best.ndcg = ndcg;
      best.weights.set(trainer.average);
    }
    done = epoch;
    const elapsed = now() - startedAt;
    const seconds = elapsed / 1_000;
    const most = Math.min(maxEpochs - epoch, Math.max(0, ((limit - elapsed) * epoch) / elapsed));
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
    if (timeIsOver()) {
      onNote?.(`the ${minutes} minutes are over: what is reached depends on the machine`);
      limited = true;
      break;
    }
  }
  if (limited) {
    onLimit?.(
      `${minutes} minutes were too short for ${maxEpochs} epochs (${done} were run): a quieter machine, or more minutes, may find better`,
    );
  }
  parameters.values.set(best.weights);
  return { epochs: best.epoch, ndcg: judge === undefined ? undefined : best.ndcg };
}

/**
 * What steps are multiplied by after so many epochs. The share of the time that is gone counts only where time would be over
 * before the epochs are, so that otherwise a result does not depend on the machine.
 */
function rateLeft(done: number, maxEpochs: number, timeGone: number): number {
  const gone = done / maxEpochs;
  return Math.max(LEAST_RATE, 1 - (isBehind(done, maxEpochs, timeGone) ? timeGone : gone));
}

function isBehind(done: number, maxEpochs: number, timeGone: number): boolean {
  return done > 0 && timeGone > done / maxEpochs;
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
