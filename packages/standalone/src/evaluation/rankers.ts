/** What the home ranking is compared with. All of them leave out what the profile has already watched. */
import {
  createRandom,
  hash32,
  isFeedback,
  type MarqueeEvent,
  QUALIFIED_WATCH_SECONDS,
} from '@marquee/domain';

export interface Ranker {
  readonly name: string;
  /** At most `k` title ids, best first, none of `watched`. */
  rank(profileId: string, watched: ReadonlySet<string>, k: number): Promise<readonly string[]>;
}

/** Uniform among all servable titles; seeded per profile. */
export function randomRanker(titleIds: readonly string[], seed: number): Ranker {
  return {
    name: 'random',
    async rank(profileId, watched, k) {
      const random = createRandom(hash32(profileId, seed));
      const chosen = new Set<string>();
      // Drawing with rejection is enough: k is far below the catalogue's size.
      for (let tries = 0; chosen.size < k && tries < titleIds.length * 4; tries++) {
        const id = random.pick(titleIds);
        if (!watched.has(id)) chosen.add(id);
      }
      return [...chosen];
    },
  };
}

/**
 * Most qualified watches, each profile counted once per title, weighted by 2^(-age / half-life); ties by id.
 * Without a half-life every watch counts alike.
 */
export function popularityRanker(
  name: string,
  events: readonly MarqueeEvent[],
  options: { now: number; halfLifeDays?: number; servable(titleId: string): boolean },
): Ranker {
  const seen = new Set<string>();
  const weights = new Map<string, number>();
  for (const event of events) {
    if (!isFeedback(event) || (event.payload.watchedSeconds ?? 0) <= QUALIFIED_WATCH_SECONDS) continue;
    const { titleId } = event.payload;
    const key = `${event.profileId}\u0000${titleId}`;
    if (seen.has(key) || !options.servable(titleId)) continue;
    seen.add(key);
    const ageDays = (options.now - event.occurredAt) / 86_400_000;
    const weight = options.halfLifeDays === undefined ? 1 : 2 ** (-ageDays / options.halfLifeDays);
    weights.set(titleId, (weights.get(titleId) ?? 0) + weight);
  }
  const ranked = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([id]) => id);
  return {
    name,
    async rank(_profileId, watched, k) {
      const list: string[] = [];
      for (const id of ranked) {
        if (list.length === k) break;
        if (!watched.has(id)) list.push(id);
      }
      return list;
    },
  };
}
