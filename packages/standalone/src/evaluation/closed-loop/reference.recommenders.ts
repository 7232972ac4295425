/** What the product is held against: what everybody watches, and what somebody who knows the truth would show. */
import {
  DAY_MS,
  isAvailable,
  isFeedback,
  type MarqueeEvent,
  type ProfileId,
  QUALIFIED_WATCH_SECONDS,
  type TitleId,
  withinMaturity,
} from '@marquee/domain';
import type { LoopWorld } from './loop-world.ts';
import { inRows, PAGE_ROWS, type Recommender, ROW_ITEMS } from './recommender.ts';

const ITEMS = PAGE_ROWS * ROW_ITEMS;
const POPULARITY_DAYS = 14;

/** What each viewer has watched, which no recommender shows again. */
class Watched {
  readonly #byProfile = new Map<ProfileId, Set<TitleId>>();

  of(profileId: ProfileId): ReadonlySet<TitleId> {
    return this.#byProfile.get(profileId) ?? new Set();
  }

  add(events: readonly MarqueeEvent[]): void {
    for (const event of events) {
      if (!isQualified(event)) continue;
      const own = this.#byProfile.get(event.profileId);
      if (own === undefined) this.#byProfile.set(event.profileId, new Set([event.payload.titleId]));
      else own.add(event.payload.titleId);
    }
  }
}

function isQualified(event: MarqueeEvent): event is Extract<MarqueeEvent, { type: 'PLAY_STOP' }> {
  return isFeedback(event) && (event.payload.watchedSeconds ?? 0) > QUALIFIED_WATCH_SECONDS;
}

/** The titles with the most qualified watches of the last two weeks, counted every night. */
export function createPopularityRecommender(world: LoopWorld): Recommender {
  const titles = new Map(
    [...world.catalogue.titles, ...world.arriving.titles].map((title) => [title.id, title]),
  );
  const watched = new Watched();
  const watches: { readonly titleId: TitleId; readonly at: number }[] = [];
  let ranked: readonly TitleId[] = [];
  const learn = (events: readonly MarqueeEvent[]): void => {
    watched.add(events);
    for (const event of events) {
      if (isQualified(event)) watches.push({ titleId: event.payload.titleId, at: event.occurredAt });
    }
  };
  return {
    name: 'popularity',
    async beginDay(day, now) {
      if (day === 0) for (const batch of world.history()) learn(batch);
      const counts = new Map<TitleId, number>();
      for (const { titleId, at } of watches) {
        if (at >= now - POPULARITY_DAYS * DAY_MS) counts.set(titleId, (counts.get(titleId) ?? 0) + 1);
      }
      ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id);
    },
    async page(profileId, now) {
      const { region, maturityLimit } = world.audience.profile(profileId);
      const own = watched.of(profileId);
      const shown: TitleId[] = [];
      for (const id of ranked) {
        const title = titles.get(id)!;
        if (own.has(id) || !withinMaturity(title.maturityRating, maturityLimit)) continue;
        if (!isAvailable(title.availability, now, region)) continue;
        shown.push(id);
        if (shown.length === ITEMS) break;
      }
      return { rows: inRows(shown), without: [] };
    },
    observe: async (events) => learn(events),
    close: async () => undefined,
  };
}

/** The best titles by the truth. Nobody can do better, but for showing again what was left unfinished. */
export function createOracle(world: LoopWorld, hourOf: (now: number) => number): Recommender {
  const watched = new Watched();
  return {
    name: 'oracle (ground truth)',
    async beginDay(day) {
      if (day === 0) for (const batch of world.history()) watched.add(batch);
    },
    async page(profileId, now) {
      const context = { now, hour: hourOf(now), device: 'TV' as const };
      const exclude = watched.of(profileId);
      const best = world.audience.oracleRanking(profileId, context, ITEMS, { exclude });
      return { rows: inRows(best.map(({ titleId }) => titleId)), without: [] };
    },
    observe: async (events) => watched.add(events),
    close: async () => undefined,
  };
}
