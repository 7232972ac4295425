/** First year of the decade of a year, e.g. "1990": the key of `Taste.eras`. */
export function eraOf(year: number): string {
  return String(Math.floor(year / 10) * 10);
}
