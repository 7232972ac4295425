/**
 * How many different titles one model puts first for each that another one does, and how sure that is. Different titles are no mean over groups: drawn with
 * replacement fewer of them would always be left. So halves of the groups are drawn instead, whose scatter is that of the whole (McCarthy 1969). Pure.
 */
import { createRandom } from '@marquee/domain';

const HALVES = 400;

export interface CoverageRatio {
  readonly ratio: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * @param ours title that comes first, group by group
 * @param theirs of the same groups
 */
export function coverageRatio(
  ours: Uint32Array,
  theirs: Uint32Array,
  { seed, confidence }: { readonly seed: number; readonly confidence: number },
): CoverageRatio {
  const ratio = new Set(ours).size / new Set(theirs).size;
  const random = createRandom(seed);
  const groups = Uint32Array.from(ours.keys());
  const half = Math.ceil(groups.length / 2);
  const ratios = Float64Array.from({ length: HALVES }, () => {
    const [first, second] = [new Set<number>(), new Set<number>()];
    for (let i = 0; i < half; i++) {
      const j = i + random.integer(groups.length - i);
      [groups[i], groups[j]] = [groups[j]!, groups[i]!];
      first.add(ours[groups[i]!]!);
      second.add(theirs[groups[i]!]!);
    }
    return first.size / second.size;
  }).sort();
  const middle = ratios[HALVES / 2]!;
  const tail = Math.floor(((1 - confidence) / 2) * HALVES);
  return {
    ratio,
    lower: ratio + ratios[tail]! - middle,
    upper: ratio + ratios[HALVES - 1 - tail]! - middle,
  };
}
