/**
 * How much a ratio of sums (watches per session, say) differs between two groups of profiles, and how sure that is. Profiles are what was
 * drawn, so a profile's numerator and denominator belong together: delta method (Deng, Knoblich and Lu 2018). Pure.
 */

/** Sums over the profiles of a group. */
export interface RatioSums {
  readonly profiles: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

export interface RatioDifference {
  readonly control: number;
  readonly canary: number;
  /** Canary's minus control's. */
  readonly difference: number;
  readonly standardError: number;
  /** Of the smaller group: what confidence is counted in. */
  readonly profiles: number;
}

/** Undefined where a group has fewer than two profiles, or nothing to divide by. */
export function ratioDifference(control: RatioSums, canary: RatioSums): RatioDifference | undefined {
  const [a, b] = [ratio(control), ratio(canary)];
  if (a === undefined || b === undefined) return undefined;
  return {
    control: a.value,
    canary: b.value,
    difference: b.value - a.value,
    standardError: Math.sqrt(a.variance + b.variance),
    profiles: Math.min(control.profiles, canary.profiles),
  };
}

function ratio({
  profiles: n,
  x,
  y,
  xx,
  yy,
  xy,
}: RatioSums): { value: number; variance: number } | undefined {
  if (n < 2 || y <= 0) return undefined;
  const value = x / y;
  const scale = n - 1;
  const varianceX = (xx - (x * x) / n) / scale;
  const varianceY = (yy - (y * y) / n) / scale;
  const covariance = (xy - (x * y) / n) / scale;
  const spread = Math.max(0, varianceX - 2 * value * covariance + value * value * varianceY);
  return { value, variance: spread / (n * (y / n) ** 2) };
}

/**
 * Half the width of an interval that holds at every look, however often one looks: asymptotic confidence sequence (Waudby-Smith, Arbour,
 * Sinha, Kennedy and Ramdas 2021, theorem 2.2), tightest at `tunedFor` profiles.
 */
export function sequentialRadius(
  { standardError, profiles }: Pick<RatioDifference, 'standardError' | 'profiles'>,
  alpha: number,
  tunedFor: number,
): number {
  const log = -2 * Math.log(alpha);
  const rhoSquared = (log + Math.log(log + 1)) / tunedFor;
  const nRho = profiles * rhoSquared;
  return standardError * Math.sqrt((1 + 1 / nRho) * Math.log((nRho + 1) / (alpha * alpha)));
}

/** Half the width of an interval for one look, fixed beforehand. @param alpha two-sided */
export function fixedRadius(
  { standardError }: Pick<RatioDifference, 'standardError'>,
  alpha: number,
): number {
  return standardError * normalQuantile(1 - alpha / 2);
}

/** Acklam's approximation, relative error below 1.2e-9, for probabilities from 0.5 to 1. */
function normalQuantile(p: number): number {
  if (p > 0.97575) {
    const q = Math.sqrt(-2 * Math.log(1 - p));
    const [c, d] = [TAIL.c, TAIL.d];
    return -polynomial(c, q) / (polynomial(d, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(CENTRE.a, r) * q) / (polynomial(CENTRE.b, r) * r + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const CENTRE = {
  a: [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ],
  b: [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
    -1.328068155288572e1,
  ],
};
const TAIL = {
  c: [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  d: [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416],
};
