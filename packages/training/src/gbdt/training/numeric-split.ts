/**
 * The best place to divide a numeric column, with missing values on the side where they lower the loss more. Where a leaf has
 * none, they will follow the side with more rows.
 */

import { BIN_DOUBLES } from './boosting-state.ts';
import { gainOf, leafGain, leafValue, type Sums, UNBOUNDED } from './leaf-sums.ts';
import type { ColumnHistogram, Split, SplitQuestion } from './split.ts';

/** @param least gain that a split must exceed to be of interest */
export function bestNumericSplit(
  histogram: ColumnHistogram,
  question: SplitQuestion,
  least: number,
): Split | undefined {
  const { sums, offset, bins, column } = histogram;
  const { settings, total, bounds, direction, gradientUnit, hessianUnit } = question;
  const { l1, l2, minChildRows, minChildWeight } = settings;
  const free = bounds === UNBOUNDED && direction === 0;
  const before = free
    ? leafGain(total.gradient, total.hessian, l1, l2)
    : gainOf(leafValue(total.gradient, total.hessian, l1, l2, bounds), total.gradient, total.hessian, l1, l2);
  const missing = {
    gradient: sums[offset]! * gradientUnit,
    hessian: sums[offset + 1]! * hessianUnit,
    count: sums[offset + 2]!,
  };
  let best = least;
  let bestBin = 0;
  let bestMissing = false;
  let bestLeft: Sums | undefined;
  // With missing values also "all numbers left, missing right" divides something.
  const lastBin = missing.count > 0 ? bins : bins - 1;
  for (let side = 0; side < (missing.count > 0 ? 2 : 1); side++) {
    let gradient = side === 1 ? missing.gradient : 0;
    let hessian = side === 1 ? missing.hessian : 0;
    let count = side === 1 ? missing.count : 0;
    for (let bin = 1; bin <= lastBin; bin++) {
      const at = offset + bin * BIN_DOUBLES;
      const own = sums[at + 2]!;
      if (own === 0) continue;
      gradient += sums[at]! * gradientUnit;
      hessian += sums[at + 1]! * hessianUnit;
      count += own;
      if (count < minChildRows || hessian < minChildWeight) continue;
      const rightHessian = total.hessian - hessian;
      if (total.count - count < minChildRows || rightHessian < minChildWeight) break;
      const rightGradient = total.gradient - gradient;
      let gain: number;
      if (free) {
        gain = leafGain(gradient, hessian, l1, l2) + leafGain(rightGradient, rightHessian, l1, l2) - before;
      } else {
        const left = leafValue(gradient, hessian, l1, l2, bounds);
        const right = leafValue(rightGradient, rightHessian, l1, l2, bounds);
        if (direction * (right - left) < 0) continue;
        gain =
          gainOf(left, gradient, hessian, l1, l2) +
          gainOf(right, rightGradient, rightHessian, l1, l2) -
          before;
      }
      if (gain > best) {
        best = gain;
        bestBin = bin;
        bestMissing = side === 1;
        bestLeft = { gradient, hessian, count };
      }
    }
  }
  if (bestLeft === undefined) return undefined;
  return {
    column,
    gain: best,
    left: bestLeft,
    right: minus(total, bestLeft),
    lastLeftBin: bestBin,
    missingLeft: missing.count > 0 ? bestMissing : 2 * bestLeft.count > total.count,
  };
}

export function minus(total: Sums, part: Sums): Sums {
  return {
    gradient: total.gradient - part.gradient,
    hessian: total.hessian - part.hessian,
    count: total.count - part.count,
  };
}
