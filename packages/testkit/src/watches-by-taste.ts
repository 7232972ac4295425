/** Watches that models of what people like can be told apart by: everybody watches titles of one taste, one a day. */
import { createRandom, DAY_MS } from '@marquee/domain';

export interface WatchesByTasteOptions<Title> {
  /** Of taste i is every title whose place leaves i when it is divided by the number of tastes. */
  readonly titles: readonly Title[];
  /** Instant of the day after the last watch, epoch milliseconds. */
  readonly until: number;
  readonly seed: number;
  /** Default 300, `p0` to `p299`; tastes take turns. */
  readonly profiles?: number;
  /** Default 4. */
  readonly tastes?: number;
  /** Per profile, one a day. Default 16. */
  readonly watches?: number;
}

/** @returns by profile, in time order */
export function watchesByTaste<Title extends { readonly id: string }>(
  options: WatchesByTasteOptions<Title>,
): ReadonlyMap<string, readonly { readonly titleId: Title['id']; readonly at: number }[]> {
  const { titles, until, seed, profiles = 300, tastes = 4, watches = 16 } = options;
  const random = createRandom(seed);
  return new Map(
    Array.from({ length: profiles }, (_, p) => [
      `p${p}`,
      random
        .shuffle(titles.filter((_title, i) => i % tastes === p % tastes))
        .slice(0, watches)
        .map(({ id }, day) => ({ titleId: id, at: until - (watches - day) * DAY_MS })),
    ]),
  );
}
