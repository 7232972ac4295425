/** How sure a mean over profiles is. */
import { createRandom } from '@marquee/domain';

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 1,000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
}

/**
 * Percentile bootstrap interval of the mean (Efron 1979), over whole units: pass one value per profile.
 * Seeded, so that the same values give the same interval.
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  return bootstrapIntervals([values], options)[0]!;
}

/**
 * The same for several columns of the same profiles, which are drawn together: the work of drawing is done once.
 * @param columns of one length
 */
export function bootstrapIntervals(
  columns: readonly ArrayLike<number>[],
  options: BootstrapOptions,
): readonly Interval[] {
  const length = columns[0]?.length ?? 0;
  if (length === 0) return columns.map(() => ({ lower: 0, upper: 0 }));
  const { resamples = 1_000, confidence = 0.95 } = options;
  const random = createRandom(options.seed);
  const drawn = new Uint32Array(length);
  const means = columns.map(() => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < length; i++) drawn[i] = random.integer(length);
    for (const [c, column] of columns.entries()) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += column[drawn[i]!]!;
      means[c]![r] = sum / length;
    }
  }
  const tail = (1 - confidence) / 2;
  return means.map((sorted) => {
    sorted.sort();
    return {
      lower: sorted[Math.floor(tail * (resamples - 1))]!,
      upper: sorted[Math.ceil((1 - tail) * (resamples - 1))]!,
    };
  });
}
