/**
 * What a title is worth to a viewer, from what rankers predict about it:
 *
 *   value = probability × √max(0.001, hours − 0.25 × abandonment)
 *
 * - probability: of a qualified watch (more than 2 minutes), calibrated;
 * - hours: how long a qualified watch is expected to be;
 * - abandonment: probability that a play, once begun, is given up within five minutes: as bad as a quarter of an hour not watched;
 * - the root, because an hour of a film of two is worth more to whoever chose it than half of it: without it pages fill with long films.
 */

/** Of the expected hours. */
export const LENGTH_EXPONENT = 0.5;

/** A line may say less than nothing: a qualified watch is longer than that. */
export const LEAST_HOURS = 0.05;

/**
 * Hours that a watch is worth at least, some seconds: nearer to nothing the root is so steep that it makes differences of what
 * float32 rounds away.
 */
export const LEAST_WORTH = 0.001;

/** Hours that an abandonment is held against a title. */
export const ABANDONMENT_HOURS = 0.25;

/** @param abandonment undefined where nothing is known about it */
export function titleValue(probability: number, hours: number, abandonment: number | undefined): number {
  const lost = abandonment === undefined ? 0 : ABANDONMENT_HOURS * abandonment;
  return probability * Math.max(LEAST_WORTH, hours - lost) ** LENGTH_EXPONENT;
}

/** As a manifest's parameters say it. */
export function valueFormula(abandonment: boolean): string {
  return abandonment
    ? `probability × (hours − ${ABANDONMENT_HOURS} × abandonment) ^ ${LENGTH_EXPONENT}`
    : `probability × hours ^ ${LENGTH_EXPONENT}`;
}
