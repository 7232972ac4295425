/**
 * One arm of the closed loop: day after day a world is served to simulated clients, and every night a ranker is trained from what they did,
 * examined, watched in shadow, tried on some of them, and promoted or not; and what finds candidates, of every kind that serves, with it.
 */
import { createRandom, DAY_MS, HOUR_MS, type Random, type Title, type TitleId } from '@marquee/domain';
import type { ExplorationSettings } from '@marquee/exploration';
import { productionOf, type RecordedMove, type RetrievalLine } from '@marquee/model-registry';
import type { Audience, LiveClient } from '@marquee/sample-world';
import type { Logger } from '@marquee/service-kit';
import type { TrainingRun } from '@marquee/trainer';
import type { RankerAlgorithm } from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import type { World } from '../world/data-directory.ts';
import { putIntoCatalogue } from './arrivals.ts';
import { type Arrivals, type DayMeasures, DayTally } from './day-measures.ts';
import { loopPolicy } from './loop-policy.ts';
import { type MonitoredDay, monitorDay } from './monitored-day.ts';
import { trainAtNight } from './nightly-training.ts';
import { type Plant, plantModel } from './plants.ts';
import { type ServedWorld, serveWorld } from './served-world.ts';
import { simulatedClock } from './simulated-clock.ts';
import { visitHome } from './simulated-viewer.ts';
import { skewedTitles } from './skewed-titles.ts';
import { lookDuringTheDay, trialsLoaded } from './trials-of-the-day.ts';

export { loopPolicy };

export interface ArmOptions {
  readonly name: string;
  /** The arm's own copy of the world. */
  readonly folder: string;
  readonly world: World;
  readonly audience: Audience;
  /** Drawn viewers that come; the more of the audience, the fewer visits of each. */
  readonly profiles: number;
  readonly titles: number;
  /** Of these, by day, those that come in that morning. Default: all are there from the beginning. */
  readonly arriving?: readonly (readonly Title[])[] | undefined;
  readonly historyDays: number;
  /** Midnight before the first day, epoch milliseconds; not past. The same for all arms, so that nothing differs but them. */
  readonly begin: number;
  readonly days: number;
  readonly visitsPerDay: number;
  readonly seed: number;
  readonly learns: boolean;
  readonly algorithm: RankerAlgorithm;
  readonly exploration?: ExplorationSettings | undefined;
  /** By day, from 1. A skew is there all the time. */
  readonly plants: ReadonlyMap<number, Plant>;
  readonly codeVersion: string;
  readonly progress: Progress;
  /** Called after each day. */
  readonly onDay: (day: LoopDay) => void;
  /** Asked after each day: whether there is nothing left to see. Default: never. */
  readonly isOver?: ((days: readonly LoopDay[]) => boolean) | undefined;
  /** How long the rest will take, for people. */
  readonly timeLeft: () => string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface LoopDay extends DayMeasures {
  readonly day: number;
  /** In production when it ended. */
  readonly production: string;
  readonly training: Pick<TrainingRun, 'state' | 'problem' | 'durationSeconds' | 'result'> | undefined;
  /** What finds candidates, where it serves. */
  readonly retrained: readonly (Pick<TrainingRun, 'state' | 'problem' | 'durationSeconds'> & {
    readonly line: RetrievalLine;
    readonly model: string | null;
  })[];
  /** By line, the version that found candidates when it ended; null: none. */
  readonly finders: Readonly<Record<string, string | null>>;
  readonly planted: { readonly plant: Plant; readonly version: string | undefined } | undefined;
  /** Where a skew was planted. */
  readonly monitor: MonitoredDay | undefined;
  readonly moves: readonly Pick<RecordedMove, 'kind' | 'version' | 'from' | 'to' | 'by' | 'why' | 'at'>[];
  /** Pages that were not made by the whole pipeline. */
  readonly degraded: number;
}

const OPENS_MS = 6 * HOUR_MS;
const OPEN_MS = 16 * HOUR_MS;

export async function runArm(options: ArmOptions): Promise<readonly LoopDay[]> {
  const { folder, world, audience, days, logger, onDay, progress } = options;
  const clock = simulatedClock();
  const skewed = [...options.plants.values()].includes('skew');
  const served = await serveWorld({
    ...{ folder, world, clock, logger, exploration: options.exploration },
    policy: loopPolicy(options.visitsPerDay, options.profiles),
    ...(skewed && { titlesServed: skewedTitles }),
  });
  try {
    const { begin } = options;
    clock.advanceTo(begin);
    const crowd: Crowd = {
      random: createRandom(options.seed),
      viewers: new Map(),
      watched: watchedBefore(audience, options.historyDays, idsOf(options.arriving)),
      arrivals: new Map(),
    };
    const results: LoopDay[] = [];
    for (let day = 1; day <= days; day++) {
      const opens = begin + (day - 1) * DAY_MS + OPENS_MS;
      results.push(await runDay(options, served, clock, crowd, { day, opens }));
      progress.end();
      onDay(results.at(-1)!);
      if (options.isOver?.(results) === true) break;
    }
    return results;
  } finally {
    await served.stop();
  }
}

interface Crowd {
  readonly random: Random;
  readonly viewers: Map<string, LiveClient>;
  readonly watched: Map<string, ReadonlySet<string>>;
  readonly arrivals: Arrivals;
}

async function runDay(
  options: ArmOptions,
  served: ServedWorld,
  clock: ReturnType<typeof simulatedClock>,
  crowd: Crowd,
  { day, opens }: { readonly day: number; readonly opens: number },
): Promise<LoopDay> {
  const { folder, learns, progress, signal, visitsPerDay, algorithm, codeVersion } = options;
  const named = `${options.name}, day ${day} of ${options.days}`;
  const lines = [served.registry, ...served.retrieval.map(({ registry }) => registry)];
  const known = await Promise.all(lines.map((registry) => registry.lastRevision()));
  const plant = options.plants.get(day);
  let training: TrainingRun | undefined;
  const retrained: LoopDay['retrained'][number][] = [];
  let planted: LoopDay['planted'] = plant && learns ? { plant, version: undefined } : undefined;
  // Before the first day nothing has happened that the first models do not know.
  if (learns && (day > 1 || plant !== undefined)) {
    clock.advanceTo(opens - 3 * HOUR_MS);
    progress.phase(`${named}: training${options.timeLeft()}`);
    await served.intoLake();
    // What is planted takes the place of a model, so there has to be one.
    const night = { folder, algorithm, codeVersion, day, signal, onlyNew: plant === undefined };
    training = await trainAtNight({ ...night, model: 'ranking', now: clock.now() });
    if (plant !== undefined && plant !== 'skew' && training.state === 'succeeded') {
      planted = { plant, version: await plantModel(plant, training, served.registry) };
    }
    for (const [i, { line, registry }] of served.retrieval.entries()) {
      if (productionOf((await registry.current()).state) === undefined) continue;
      progress.phase(`${named}: training (${line})`);
      // A moment later each: runs and versions go by it.
      const { state, problem, durationSeconds, result } = await trainAtNight({
        ...{ ...night, model: line, now: clock.now() + i + 1 },
      });
      retrained.push({ line, state, problem, durationSeconds, model: result?.model ?? null });
    }
    progress.phase(`${named}: gates`);
    // A candidate that is stopped makes way for the one before it.
    while ((await served.promoter.look()).to === 'archived') signal.throwIfAborted();
    await trialsLoaded(served);
  }
  progress.phase(`${named}: visits${options.timeLeft()}`, visitsPerDay);
  clock.advanceTo(opens);
  const today = options.arriving?.[day - 1] ?? [];
  await putIntoCatalogue(served.deps, today, opens);
  for (const { id } of today) crowd.arrivals.set(id, 0);
  const missing = idsOf(options.arriving?.slice(day));
  const tally = new DayTally(options.audience, crowd.arrivals, missing);
  let degraded = 0;
  for (let visit = 0; visit < visitsPerDay; visit++) {
    signal.throwIfAborted();
    if (learns) await lookDuringTheDay(served, visit, visitsPerDay);
    clock.advanceTo(opens + (visit / visitsPerDay) * OPEN_MS);
    const whole = await visitOnce(options, served, clock, crowd, tally);
    if (!whole) degraded++;
    progress.update(visit + 1);
  }
  let monitor: MonitoredDay | undefined;
  if (learns) {
    clock.advanceTo(opens + OPEN_MS + 5 * HOUR_MS);
    await served.intoLake();
    progress.phase(`${named}: what the day says`);
    await served.promoter.look();
    if ([...options.plants.values()].includes('skew'))
      monitor = await monitorDay(folder, opens, clock, signal);
  }
  const { state } = await served.registry.current();
  const moves = await Promise.all(
    lines.map(async (registry, i) =>
      (await registry.history(100)).filter(({ revision }) => revision > known[i]!).reverse(),
    ),
  );
  return {
    ...{
      day,
      ...tally.measures(options.titles - missing.size),
      training,
      retrained,
      planted,
      monitor,
      degraded,
    },
    production: productionOf(state) ?? options.world.model,
    finders: Object.fromEntries(served.retrieval.map(({ line, version }) => [line, version() ?? null])),
    moves: moves
      .flat()
      .map(({ kind, version, from, to, by, why, at }) => ({ kind, version, from, to, by, why, at })),
  };
}

/** @returns whether the page was made by the whole pipeline */
async function visitOnce(
  { audience, profiles }: ArmOptions,
  served: ServedWorld,
  clock: ReturnType<typeof simulatedClock>,
  { random, viewers, watched }: Pick<Crowd, 'random' | 'viewers' | 'watched'>,
  tally: DayTally,
): Promise<boolean> {
  const profileId = `sim-${1 + random.integer(profiles)}`;
  const at = clock.now();
  let viewer = viewers.get(profileId);
  if (viewer === undefined) {
    viewer = audience.liveClient({ profileId, random: random.fork(profileId), clock });
    viewers.set(profileId, viewer);
  }
  const { page, items, visit } = await visitHome(served.url, profileId, viewer);
  const before = watched.get(profileId) ?? new Set<string>();
  const { watchedSeconds, playedTitleIds } = visit;
  tally.add({ profileId, at, items, watchedSeconds, played: playedTitleIds.length }, before);
  watched.set(profileId, new Set([...before, ...playedTitleIds]));
  return page.degradations.every(({ step }) => step === 'FULL');
}

function idsOf(arriving: readonly (readonly Title[])[] = []): ReadonlySet<TitleId> {
  return new Set(arriving.flat().map(({ id }) => id));
}

/** What the history has each of them watched already. */
function watchedBefore(
  audience: Audience,
  days: number,
  missing: ReadonlySet<TitleId>,
): Map<string, ReadonlySet<string>> {
  const watched = new Map<string, Set<string>>();
  for (const batch of audience.history({ days })) {
    for (const event of batch) {
      if (event.type !== 'PLAY_STOP' || missing.has(event.payload.titleId)) continue;
      const titles = watched.get(event.profileId) ?? new Set<string>();
      titles.add(event.payload.titleId);
      watched.set(event.profileId, titles);
    }
  }
  return watched;
}
