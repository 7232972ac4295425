/** What sums of gradients and hessians are worth as a leaf (Chen & Guestrin 2016, section 2.2; L1 as soft thresholding). */
export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

/** Values that a leaf may take, from the monotone constraints above it. */
export interface Bounds {
  readonly least: number;
  readonly greatest: number;
}

export const UNBOUNDED: Bounds = { least: Number.NEGATIVE_INFINITY, greatest: Number.POSITIVE_INFINITY };

function thresholded(gradient: number, l1: number): number {
  if (l1 === 0) return gradient;
  return Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1);
}

/** The value that lowers the loss most, before the learning rate. */
export function leafValue(gradient: number, hessian: number, l1: number, l2: number, bounds: Bounds): number {
  const weight = hessian + l2;
  if (!(weight > 0)) return Math.min(bounds.greatest, Math.max(bounds.least, 0));
  return Math.min(bounds.greatest, Math.max(bounds.least, -thresholded(gradient, l1) / weight));
}

/** How much that value lowers the loss. */
export function leafGain(gradient: number, hessian: number, l1: number, l2: number): number {
  const rest = thresholded(gradient, l1);
  return (rest * rest) / (2 * (hessian + l2));
}

/** How much any value lowers the loss. */
export function gainOf(value: number, gradient: number, hessian: number, l1: number, l2: number): number {
  return -(gradient * value + ((hessian + l2) * value * value) / 2 + l1 * Math.abs(value));
}
