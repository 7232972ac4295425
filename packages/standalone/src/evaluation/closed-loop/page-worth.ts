/** What titles and pages are worth by the truth: for the loop's accounts, and for nobody who recommends. */
import { type MarqueeEvent, type ProfileId, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { examinationProbability } from '@marquee/sample-world';
import type { LoopWorld } from './loop-world.ts';
import { PAGE_ROWS, ROW_ITEMS } from './recommender.ts';

/** Viewers that a title's mean worth is taken over. */
const ASKED_VIEWERS = 60;

/** UTC. */
export function hourOf(now: number): number {
  return new Date(now).getUTCHours();
}

export interface Worth {
  /** By the truth, if the title is looked at. */
  seconds(profileId: ProfileId, titleId: string, at: number): number;
  /** Over the audience. */
  mean(titleId: string): number;
  /** Of the best page there could be of titles that the viewer has not watched. */
  best(profileId: ProfileId, at: number): number;
  watched(profileId: ProfileId, event: Extract<MarqueeEvent, { type: 'PLAY_STOP' }>): void;
}

/** What was watched during the loop to its end is worth less the next time. */
export function createWorth(world: LoopWorld, start: number): Worth {
  const { audience, catalogue, arriving } = world;
  const runtimes = new Map(
    [...catalogue.titles, ...arriving.titles].map(({ id, runtimeMinutes }) => [id, runtimeMinutes ?? 100]),
  );
  const finished = new Set<string>();
  const watched = watchedBefore(world);
  const means = new Map<string, number>();
  const asked = [...audience.profileIds()].slice(0, ASKED_VIEWERS);
  const contextOf = (at: number) => ({ now: at, hour: hourOf(at), device: 'TV' as const });
  const seconds = (profileId: ProfileId, titleId: string, at: number): number =>
    audience.expectedWatchSeconds(profileId, titleId, {
      ...contextOf(at),
      seen: finished.has(`${profileId} ${titleId}`),
    });
  return {
    seconds,
    mean(titleId) {
      let known = means.get(titleId);
      if (known === undefined) {
        known = mean(
          asked.map((profileId) => audience.expectedWatchSeconds(profileId, titleId, contextOf(start))),
        );
        means.set(titleId, known);
      }
      return known;
    },
    best(profileId, at) {
      const exclude = watched.get(profileId) ?? new Set();
      const best = audience.oracleRanking(profileId, contextOf(at), PAGE_ROWS * ROW_ITEMS, { exclude });
      return best.reduce(
        (sum, { expectedSeconds }, i) =>
          sum + examinationProbability(Math.floor(i / ROW_ITEMS), i % ROW_ITEMS) * expectedSeconds,
        0,
      );
    },
    watched(profileId, { payload: { titleId, watchedSeconds = 0, positionSeconds = 0 } }) {
      if (positionSeconds >= 0.9 * 60 * (runtimes.get(titleId) ?? 100))
        finished.add(`${profileId} ${titleId}`);
      if (watchedSeconds <= QUALIFIED_WATCH_SECONDS) return;
      const own = watched.get(profileId);
      if (own === undefined) watched.set(profileId, new Set([titleId]));
      else own.add(titleId);
    },
  };
}

function watchedBefore(world: LoopWorld): Map<ProfileId, Set<string>> {
  const watched = new Map<ProfileId, Set<string>>();
  for (const batch of world.history()) {
    for (const event of batch) {
      if (event.type !== 'PLAY_STOP') continue;
      if ((event.payload.watchedSeconds ?? 0) <= QUALIFIED_WATCH_SECONDS) continue;
      const own = watched.get(event.profileId);
      if (own === undefined) watched.set(event.profileId, new Set([event.payload.titleId]));
      else own.add(event.payload.titleId);
    }
  }
  return watched;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
