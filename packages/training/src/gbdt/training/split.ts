/** A split that a leaf could make. */
import type { GbdtSettings } from '../gbdt-options.ts';
import type { Bounds, Sums } from './leaf-sums.ts';

export interface Split {
  readonly column: number;
  /** How much lower the loss becomes; for whole trees comparable across leaves. */
  readonly gain: number;
  readonly left: Sums;
  readonly right: Sums;
  /** Numeric: bins 1 to `lastLeftBin` go left. */
  readonly lastLeftBin: number;
  readonly missingLeft: boolean;
  /** Categorical: the bins that go left, ascending. */
  readonly leftBins?: readonly number[];
}

/** One column's histogram in one leaf. */
export interface ColumnHistogram {
  /** Sums of (gradient, hessian, count) in whole units by bin. */
  readonly sums: Float64Array;
  /** Where bin 0 begins. */
  readonly offset: number;
  /** Without the bin of missing values. */
  readonly bins: number;
  readonly column: number;
}

export interface SplitQuestion {
  readonly settings: GbdtSettings;
  /** In the loss's own units. */
  readonly total: Sums;
  readonly bounds: Bounds;
  /** What one unit of a histogram's gradients and hessians stands for. */
  readonly gradientUnit: number;
  readonly hessianUnit: number;
  /** 1, −1, or 0 for none. */
  readonly direction: number;
}
