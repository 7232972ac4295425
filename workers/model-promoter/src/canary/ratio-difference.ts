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
 * Sinha, Kennedy and Ramdas 2021, theorem 2.2), in the time of the estimate's information, one over its squared standard error: viewers who
 * come again add to what is known as new ones do.
 *
 * @param alpha two-sided; a bound on one side holds with half of it
 * @param tightestAt the standard error at which it is to be narrowest; the choice costs width elsewhere, never validity
 */
export function sequentialRadius(
  { standardError }: Pick<RatioDifference, 'standardError'>,
  alpha: number,
  tightestAt: number,
): number {
  if (standardError === 0) return 0;
  const log = -2 * Math.log(alpha);
  const time = (log + Math.log(log + 1)) * (tightestAt / standardError) ** 2;
  return standardError * Math.sqrt((1 + 1 / time) * Math.log((time + 1) / (alpha * alpha)));
}

/** How many standard errors wide it is on each side where it is narrowest. */
export function narrowest(alpha: number): number {
  return sequentialRadius({ standardError: 1 }, alpha, 1);
}
