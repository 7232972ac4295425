/** How much of a network that reads sequences is left out at random: the fewer interactions there are, the sooner they are known by heart. */

/** Of so many and more. */
const MANY_INTERACTIONS = 1e6;
const LEAST_DROP_OUT = 0.2;
const DROP_OUT_PER_TENTH = 0.1;
const MOST_DROP_OUT = 0.5;

/** Share of the numbers, 0.2 to 0.5. */
export function dropOutFor(interactions: number): number {
  const tenths = Math.max(0, Math.log10(MANY_INTERACTIONS / Math.max(1, interactions)));
  return Math.min(MOST_DROP_OUT, LEAST_DROP_OUT + DROP_OUT_PER_TENTH * tenths);
}
