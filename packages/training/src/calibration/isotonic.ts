/**
 * Isotonic calibration: the non-decreasing function with the least squared error, by pooling adjacent violators (Ayer et al. 1955), then
 * straight lines between the centres of the pools (centred isotonic regression, Oron & Flournoy 2017), so that different
 * predictions stay different. Needs some thousands of rows.
 */
import { type CalibrationRows, requireCalibrationRows } from './calibration.ts';

export interface IsotonicCalibration {
  readonly kind: 'isotonic';
  /** Ascending probabilities; `to` rises with them. Between two, a straight line; beyond the first and the last, theirs. */
  readonly from: Float32Array;
  readonly to: Float32Array;
}

/** Steeper rises are pooled: they would carry rounding errors of a prediction over into its calibration. */
const STEEPEST = 50;

interface Pool {
  readonly weight: number;
  /** Weighted means. */
  readonly from: number;
  readonly to: number;
}

/** @param rows probabilities. @throws MarqueeError BAD_USER_INPUT as `requireCalibrationRows` */
export function fitIsotonic(rows: CalibrationRows): IsotonicCalibration {
  requireCalibrationRows(rows);
  const { predictions, labels, weights } = rows;
  const order = Uint32Array.from({ length: predictions.length }, (_, row) => row)
    .filter((row) => (weights?.[row] ?? 1) > 0)
    .sort((a, b) => predictions[a]! - predictions[b]! || a - b);
  const points: Pool[] = [];
  for (const row of order) {
    const point = { weight: weights?.[row] ?? 1, from: predictions[row]!, to: labels[row]! > 0.5 ? 1 : 0 };
    // Equal predictions are one point.
    if (points.at(-1)?.from === point.from) points.push(pooled(points.pop()!, point));
    else points.push(point);
  }
  const violators = poolWhile(points, (left, right) => left.to >= right.to);
  const gentle = poolWhile(
    violators,
    (left, right) =>
      !(Math.fround(right.from) > Math.fround(left.from)) ||
      right.to - left.to > STEEPEST * (right.from - left.from),
  );
  return {
    kind: 'isotonic',
    from: Float32Array.from(gentle, ({ from }) => from),
    to: Float32Array.from(gentle, ({ to }) => to),
  };
}

function poolWhile(points: readonly Pool[], together: (left: Pool, right: Pool) => boolean): Pool[] {
  const pools: Pool[] = [];
  for (const point of points) {
    let last = point;
    while (pools.length > 0 && together(pools.at(-1)!, last)) last = pooled(pools.pop()!, last);
    pools.push(last);
  }
  return pools;
}

function pooled(left: Pool, right: Pool): Pool {
  const weight = left.weight + right.weight;
  const mean = (a: number, b: number): number => (left.weight * a + right.weight * b) / weight;
  return { weight, from: mean(left.from, right.from), to: mean(left.to, right.to) };
}
