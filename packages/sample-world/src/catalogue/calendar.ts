/**
 * When a title joined the catalogue and where and how long it may be shown: invented, since the data set says
 * nothing about it, and a fixed function of the title's id relative to `now`, so that every installation has
 * new releases, titles about to leave, titles yet to come and titles for some countries only.
 */
import { type AvailabilityWindow, DAY_MS, HOUR_MS, hash32, MINUTE_MS } from '@marquee/domain';

const OLDEST_ADDITION_MS = 730 * DAY_MS;
/** Exponent above 1 for the newest films: more of them were added lately. */
const RECENCY = 0.6;

/** Share of titles per kind of restriction; the rest is available everywhere from `addedAt` on. */
const SHARES = { leavingSoon: 0.02, gone: 0.015, comingSoon: 0.015, someRegions: 0.03 } as const;
const REGION_SETS = [['US', 'CA'], ['GB', 'IE'], ['DE', 'AT', 'CH'], ['FR', 'BE', 'CH'], ['US']] as const;

export type Restriction = keyof typeof SHARES | 'none';

const uniform = (id: string, purpose: number): number => hash32(id, purpose) / 2 ** 32;

/** @param newness rank of the release year among all titles: 0 the oldest, 1 the newest. */
export function addedAt(id: string, newness: number, now: number): number {
  const age = OLDEST_ADDITION_MS * uniform(id, 1) ** (1 + RECENCY * newness);
  // At least an hour old, on a full minute.
  return Math.floor((now - Math.max(age, HOUR_MS)) / MINUTE_MS) * MINUTE_MS;
}

export function availability(
  id: string,
  added: number,
  now: number,
): { readonly windows: readonly AvailabilityWindow[]; readonly restriction: Restriction } {
  const draw = uniform(id, 2);
  const detail = uniform(id, 3);
  let threshold = SHARES.leavingSoon;
  if (draw < threshold) {
    return {
      windows: [{ from: added, to: now + Math.ceil(1 + detail * 45) * DAY_MS }],
      restriction: 'leavingSoon',
    };
  }
  threshold += SHARES.gone;
  if (draw < threshold) {
    const to = Math.max(added + HOUR_MS, now - Math.ceil(detail * 30) * DAY_MS);
    return { windows: [{ from: added, to: Math.min(to, now) }], restriction: 'gone' };
  }
  threshold += SHARES.comingSoon;
  if (draw < threshold) {
    return { windows: [{ from: now + Math.ceil(1 + detail * 30) * DAY_MS }], restriction: 'comingSoon' };
  }
  threshold += SHARES.someRegions;
  if (draw < threshold) {
    const regions = REGION_SETS[Math.floor(detail * REGION_SETS.length)]!;
    return { windows: [{ from: added, regions: [...regions] }], restriction: 'someRegions' };
  }
  return { windows: [{ from: added }], restriction: 'none' };
}
