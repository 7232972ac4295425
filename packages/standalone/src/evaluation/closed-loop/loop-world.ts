/**
 * The simulated world of a closed loop: a history, some viewers who are new and some titles that come in while it runs, and the sessions to
 * come, the same for every recommender. The truth stays here: recommenders get the catalogue and the events.
 */
import type { CatalogueBatch } from '@marquee/catalogue';
import {
  createRandom,
  DAY_MS,
  HOUR_MS,
  type MarqueeEvent,
  type ProfileId,
  type TitleId,
} from '@marquee/domain';
import { type Audience, buildSampleCatalogue, createAudience } from '@marquee/sample-world';

export interface LoopWorldOptions {
  readonly profiles: number;
  readonly days: number;
  readonly seed: number;
  /** First instant of the first day. */
  readonly start: number;
}

export interface LoopSession {
  readonly profileId: ProfileId;
  readonly at: number;
}

export interface LoopWorld {
  readonly audience: Audience;
  /** What there is at the start; the rest comes on the first day. */
  readonly catalogue: Required<CatalogueBatch>;
  readonly arriving: Required<CatalogueBatch>;
  readonly newTitleIds: ReadonlySet<TitleId>;
  readonly newProfileIds: ReadonlySet<ProfileId>;
  history(): Iterable<readonly MarqueeEvent[]>;
  readonly sessions: readonly (readonly LoopSession[])[];
}

const HISTORY_DAYS = 60;
/** One in so many viewers has no past: the cold-start curve of profiles. */
const NEW_PROFILE_OF = 6;
/** One in so many titles arrives with the first day: the cold-start curve of titles. */
const NEW_TITLE_OF = 40;
const COMES_ON = 0.5;
const EVENING_BEGINS_HOUR = 17;
const EVENING_HOURS = 6;

export function createLoopWorld({ profiles, days, seed, start }: LoopWorldOptions): LoopWorld {
  const whole = buildSampleCatalogue({ now: start });
  const audience = createAudience({ seed, titles: whole.titles, profiles, now: start, personas: false });
  const isNewTitle = (place: number): boolean => place % NEW_TITLE_OF === NEW_TITLE_OF - 1;
  const arriving = whole.titles
    .filter((_, place) => isNewTitle(place))
    .map((title) => ({ ...title, addedAt: start }));
  const newTitleIds = new Set(arriving.map(({ id }) => id));
  const profileIds = [...audience.profileIds()];
  const newProfileIds = new Set(profileIds.filter((_, n) => n % NEW_PROFILE_OF === NEW_PROFILE_OF - 1));
  const happened = (event: MarqueeEvent): boolean =>
    (!newProfileIds.has(event.profileId) || event.type === 'PROFILE_REGISTERED') &&
    !('titleId' in event.payload && newTitleIds.has(event.payload.titleId));
  return {
    audience,
    catalogue: { ...whole, titles: whole.titles.filter((_, place) => !isNewTitle(place)) },
    arriving: { genres: [], people: [], titles: arriving },
    newTitleIds,
    newProfileIds,
    *history() {
      for (const batch of audience.history({ days: HISTORY_DAYS })) yield batch.filter(happened);
    },
    sessions: Array.from({ length: days }, (_, day) => sessionsOf(profileIds, seed, day, start)),
  };
}

/** In order of time. */
function sessionsOf(
  profileIds: readonly ProfileId[],
  seed: number,
  day: number,
  start: number,
): readonly LoopSession[] {
  return profileIds
    .flatMap((profileId): LoopSession[] => {
      const random = createRandom(seed).fork(`session ${day} ${profileId}`);
      if (random.next() >= COMES_ON) return [];
      const at = start + day * DAY_MS + (EVENING_BEGINS_HOUR + EVENING_HOURS * random.next()) * HOUR_MS;
      return [{ profileId, at: Math.floor(at) }];
    })
    .sort((a, b) => a.at - b.at || (a.profileId < b.profileId ? -1 : 1));
}
