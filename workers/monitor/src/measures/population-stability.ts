/**
 * Population stability index of two samples: Σ (p − q) ln(p / q) over ten bins that hold a tenth of the reference each.
 * Below 0.1 is usually called stable, above 0.25 a shift. Two samples of one population differ, too: by
 * (bins − 1)(1/n + 1/m) on average (Yurdakul 2018), which is taken off, with three standard deviations of it, so that few
 * viewers raise no alarm. Values of one page are no independent draws: `n` and `m` count pages.
 */

const BINS = 10;
/** Draws that are added to every bin: an empty one is not infinitely far. */
const SMOOTHING = 0.5;

export interface Sample {
  readonly values: ArrayLike<number>;
  /** Independent draws among the values. */
  readonly draws: number;
}

/** 0 where either has nothing. Non-finite values are a bin of their own. */
export function populationStability(reference: Sample, sample: Sample): number {
  if (reference.values.length === 0 || sample.values.length === 0) return 0;
  const edges = edgesOf(reference.values);
  const p = sharesOf(reference, edges);
  const q = sharesOf(sample, edges);
  let index = 0;
  for (let bin = 0; bin < p.length; bin++) index += (p[bin]! - q[bin]!) * Math.log(p[bin]! / q[bin]!);
  return index;
}

/** What is beyond chance; at least 0. */
export function stabilityBeyondChance(reference: Sample, sample: Sample): number {
  const scale = 1 / Math.max(1, reference.draws) + 1 / Math.max(1, sample.draws);
  const degrees = BINS - 1;
  const chance = scale * (degrees + 3 * Math.sqrt(2 * degrees));
  return Math.max(0, populationStability(reference, sample) - chance);
}

/** Upper ends of all bins but the last; equal ones are one, so that a value that most have is a bin of its own. */
function edgesOf(values: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
  if (sorted.length === 0) return [];
  const edges = Array.from(
    { length: BINS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)]!,
  );
  return [...new Set(edges)];
}

function sharesOf({ values, draws }: Sample, edges: readonly number[]): Float64Array {
  const shares = new Float64Array(edges.length + 2);
  const weight = Math.max(1, draws) / values.length;
  const total = Math.max(1, draws) + SMOOTHING * shares.length;
  for (let i = 0; i < values.length; i++) shares[binOf(values[i]!, edges)]! += weight;
  return shares.map((count) => (count + SMOOTHING) / total);
}

function binOf(value: number, edges: readonly number[]): number {
  if (!Number.isFinite(value)) return edges.length + 1;
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin++;
  return bin;
}
