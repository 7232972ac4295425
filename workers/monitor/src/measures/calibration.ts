/** Whether predicted probabilities come true, in sum and by tenths. */

export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

export interface Calibration {
  readonly count: number;
  /** Sums over all. */
  readonly expected: number;
  readonly observed: number;
  /** expected / observed; 1 where the difference is within four standard deviations of chance. */
  readonly ratio: number;
  /** Mean distance of prediction and outcome over the bins, by their size. */
  readonly error: number;
  /** Ten of equal size, by prediction. */
  readonly bins: readonly CalibrationBin[];
}

const BINS = 10;
const CHANCE = 4;

export function calibrationOf(
  decisions: readonly { readonly predicted: number; readonly happened: boolean }[],
): Calibration {
  const sorted = [...decisions].sort((a, b) => a.predicted - b.predicted);
  let expected = 0;
  let observed = 0;
  let variance = 0;
  for (const { predicted, happened } of sorted) {
    expected += predicted;
    observed += happened ? 1 : 0;
    variance += predicted * (1 - predicted);
  }
  const bins: CalibrationBin[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const part = sorted.slice(
      Math.floor((bin * sorted.length) / BINS),
      Math.floor(((bin + 1) * sorted.length) / BINS),
    );
    if (part.length === 0) continue;
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    bins.push({
      predicted: mean(part.map(({ predicted }) => predicted)),
      observed: mean(part.map(({ happened }) => (happened ? 1 : 0))),
      count: part.length,
    });
  }
  const isChance = Math.abs(expected - observed) <= CHANCE * Math.sqrt(Math.max(variance, 1e-9));
  return {
    count: sorted.length,
    expected,
    observed,
    ratio: isChance ? 1 : expected / Math.max(observed, 0.5),
    error:
      bins.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.observed) * bin.count, 0) /
      Math.max(1, sorted.length),
    bins,
  };
}
