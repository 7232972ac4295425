/** Domain values of a title as the schema shows them. */
import { isAvailable, type Title } from '@marquee/domain';

/** Epoch milliseconds as ISO-8601 text. */
export function toDateTime(instant: number): string {
  return new Date(instant).toISOString();
}

export function isAvailableNow(title: Title, now: number): boolean {
  return isAvailable(title.availability, now);
}

/** The end of the time without a gap in which the title can be watched; null: no end, or not available now. */
export function availableUntil(title: Title, now: number): string | null {
  let until = now;
  for (;;) {
    const open = title.availability.filter((window) => isAvailable([window], until));
    if (open.length === 0) return until === now ? null : toDateTime(until);
    if (open.some((window) => window.to === undefined)) return null;
    // Windows are half-open, so each step goes further: the loop ends after as many steps as there are windows.
    until = Math.max(...open.map((window) => window.to as number));
  }
}
