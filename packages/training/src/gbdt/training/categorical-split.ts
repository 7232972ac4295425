/**
 * The best set of categories to divide from the others. Ordered by mean gradient, the best set of a convex loss is one end of the order
 * (Fisher 1958; LightGBM does the same), so both ends are tried up to `maxCategories`. Missing and unknown categories are never listed:
 * they go with the others.
 */
import { BIN_DOUBLES } from './boosting-state.ts';
import { gainOf, leafValue, type Sums } from './leaf-sums.ts';
import { minus } from './numeric-split.ts';
import type { ColumnHistogram, Split, SplitQuestion } from './split.ts';

/** @param least gain that a split must exceed to be of interest */
export function bestCategoricalSplit(
  histogram: ColumnHistogram,
  question: SplitQuestion,
  least: number,
): Split | undefined {
  const { sums, offset, bins, column } = histogram;
  const { settings, total, bounds, gradientUnit, hessianUnit } = question;
  const { l1, minChildRows, minChildWeight, maxCategories, categorySmoothing } = settings;
  const l2 = settings.l2 + settings.categoryL2;
  const worth = ({ gradient, hessian }: Sums): number =>
    gainOf(leafValue(gradient, hessian, l1, l2, bounds), gradient, hessian, l1, l2);
  const at = (bin: number): number => offset + bin * BIN_DOUBLES;
  const ratio = (bin: number): number =>
    (sums[at(bin)]! * gradientUnit) / (sums[at(bin) + 1]! * hessianUnit + categorySmoothing);
  const order: { bin: number; ratio: number }[] = [];
  for (let bin = 1; bin <= bins; bin++) {
    if (sums[at(bin) + 2]! > 0 && sums[at(bin) + 1]! > 0) order.push({ bin, ratio: ratio(bin) });
  }
  order.sort((a, b) => a.ratio - b.ratio || a.bin - b.bin);
  const before = gainOf(
    leafValue(total.gradient, total.hessian, l1, settings.l2, bounds),
    ...([total.gradient, total.hessian, l1, settings.l2] as const),
  );
  let best = least;
  let found: { readonly left: Sums; readonly listed: readonly { bin: number }[] } | undefined;
  for (const end of [order, order.toReversed()]) {
    let left: Sums = { gradient: 0, hessian: 0, count: 0 };
    for (let listed = 0; listed < Math.min(maxCategories, end.length); listed++) {
      const own = at(end[listed]!.bin);
      left = {
        gradient: left.gradient + sums[own]! * gradientUnit,
        hessian: left.hessian + sums[own + 1]! * hessianUnit,
        count: left.count + sums[own + 2]!,
      };
      if (left.count < minChildRows || left.hessian < minChildWeight) continue;
      const right = minus(total, left);
      if (right.count < minChildRows || right.hessian < minChildWeight) break;
      const gain = worth(left) + worth(right) - before;
      if (gain > best) {
        best = gain;
        found = { left, listed: end.slice(0, listed + 1) };
      }
    }
  }
  if (found === undefined) return undefined;
  return {
    column,
    gain: best,
    left: found.left,
    right: minus(total, found.left),
    lastLeftBin: 0,
    missingLeft: false,
    leftBins: found.listed.map(({ bin }) => bin).sort((a, b) => a - b),
  };
}
