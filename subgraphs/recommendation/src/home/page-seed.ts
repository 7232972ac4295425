/**
 * The seed of a home page: the same for the same question within an hour. So a page that is made again, because the viewer
 * liked something or another process answers, explores the same titles as far as it still may, and a slate can be made
 * again from its inputs.
 */
import { HOUR_MS, hash32 } from '@marquee/domain';

const BUCKET_MS = HOUR_MS;

/** @param key what the page answers (profile, device, filter, exclusions); see `homeKey`. */
export function pageSeed(key: string, now: number): number {
  return hash32(`${key}@${Math.floor(now / BUCKET_MS)}`) | 0;
}
