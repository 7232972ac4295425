/**
 * The seed of a home page: the same for the same question within an hour. So a page that is made again, because the viewer
 * liked something or another process answers, explores the same titles as far as it still may, and a slate can be made
 * again from its inputs.
 *
 * A propensity is the frequency of a draw over seeds, from what was known when the page was made. The first page of a seed is such a
 * draw whatever happened before. A page that is made again within the hour has the same numbers: where the viewer has changed something
 * in between because of what the first one drew, they are no draw of what is known now. Whoever estimates from pages takes the first of
 * a viewer and a seed (ADR 0090).
 */
import { HOUR_MS, hash32 } from '@marquee/domain';

const BUCKET_MS = HOUR_MS;

/** @param key what the page answers (profile, device, filter, exclusions); see `homeKey`. */
export function pageSeed(key: string, now: number): number {
  return hash32(`${key}@${Math.floor(now / BUCKET_MS)}`) | 0;
}
