/** The audience: viewers with known tastes over a given catalogue, their past, their presence, and the truth. */
import type { MarqueeEvent, Profile, ProfileId, Random, Title, TitleId } from '@marquee/domain';
import { affinity } from './affinity.ts';
import { createFilmWorld } from './film-world.ts';
import { history } from './history.ts';
import { createLiveClient, type LiveClient, type LiveClientOptions } from './live-client.ts';
import { expectedSeconds, type RankedTitle, rankForViewer, rowValue } from './oracle.ts';
import { createTitlePools } from './pools.ts';
import { createViewers } from './viewers.ts';
import { playProbability, samplePlay, type WatchContext } from './watch-model.ts';

export interface AudienceOptions {
  readonly seed: number;
  readonly titles: readonly Title[];
  /** Drawn viewers, `sim-1` to `sim-<profiles>`; made on demand, so a hundred thousand cost nothing up front. */
  readonly profiles: number;
  /** Epoch milliseconds: the end of the history. */
  readonly now: number;
  /** Whether the personas are part of the audience. Default true; they come on top of `profiles`. */
  readonly personas?: boolean;
}

export interface HistoryOptions {
  readonly days: number;
}

export interface Audience {
  /** Personas first. */
  profileIds(): Iterable<ProfileId>;
  /** @throws RangeError for an id that is nobody's, here and below. */
  profile(profileId: ProfileId): Omit<Profile, 'createdAt' | 'tasteGenreIds'>;
  /** The past, in order of time, in batches of a few thousand events. Each call gives the same events. */
  history(options: HistoryOptions): Iterable<MarqueeEvent[]>;
  /** A viewer who reacts to pages as they are served. */
  liveClient(options: LiveClientOptions): LiveClient;
  /** True expected watched seconds, given that the viewer examines the title. @throws RangeError */
  expectedWatchSeconds(profileId: ProfileId, titleId: TitleId, context: WatchContext): number;
  /** One draw of what `expectedWatchSeconds` is the mean of: 0 when the title is not played. */
  sampleWatchSeconds(profileId: ProfileId, titleId: TitleId, context: WatchContext, random: Random): number;
  /** The best `k` titles the viewer may see, by true expected watch time. */
  oracleRanking(
    profileId: ProfileId,
    context: WatchContext,
    k: number,
    options?: { exclude?: ReadonlySet<TitleId> },
  ): readonly RankedTitle[];
  /**
   * Expected seconds lost by showing `titleIds` in this order instead of the oracle's best as many, each place
   * counted by how likely it is examined. Never negative for titles the viewer may see.
   */
  regret(
    profileId: ProfileId,
    context: WatchContext,
    titleIds: readonly TitleId[],
    options?: { exclude?: ReadonlySet<TitleId> },
  ): number;
}

export function createAudience({ seed, titles, profiles, now, personas = true }: AudienceOptions): Audience {
  const world = createFilmWorld(titles, seed);
  const pools = createTitlePools(world);
  const viewers = createViewers({ seed, world, count: profiles, personas });
  const indexOf = (titleId: TitleId): number => {
    const index = world.indexById.get(titleId);
    if (index === undefined) throw new RangeError(`no title ${titleId} in this world`);
    return index;
  };
  const audience: Audience = {
    profileIds: () => viewers.ids(),
    profile(profileId) {
      const { id, name, taste } = viewers.byId(profileId);
      const limit = taste.maturityLimit === undefined ? {} : { maturityLimit: taste.maturityLimit };
      return { id, name, segment: taste.segment.name, region: taste.region, ...limit };
    },
    history: ({ days }) => ({
      [Symbol.iterator]: () => history({ seed, world, pools, viewers, now }, days),
    }),
    liveClient: (options) => createLiveClient({ world, viewers, seed }, options),
    expectedWatchSeconds: (profileId, titleId, context) =>
      expectedSeconds(world, viewers.byId(profileId), indexOf(titleId), context),
    sampleWatchSeconds(profileId, titleId, context, random) {
      const title = indexOf(titleId);
      const value = affinity(world, viewers.byId(profileId).taste, title, context);
      if (random.next() >= playProbability(value, context.seen)) return 0;
      return samplePlay(value, world.runtimeSeconds[title]!, random).watchedSeconds;
    },
    oracleRanking: (profileId, context, k, { exclude = new Set<TitleId>() } = {}) =>
      rankForViewer(world, viewers.byId(profileId), context, k, exclude),
    regret(profileId, context, titleIds, options) {
      const best = audience.oracleRanking(profileId, context, titleIds.length, options);
      const shown = titleIds.map((titleId) => audience.expectedWatchSeconds(profileId, titleId, context));
      return rowValue(best.map(({ expectedSeconds: seconds }) => seconds)) - rowValue(shown);
    },
  };
  return audience;
}
