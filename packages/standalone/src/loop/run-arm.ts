/**
 * One arm of the closed loop: day after day a world is served to simulated clients, and every night a model is trained from what they did,
 * examined, watched in shadow, tried on some of them, and promoted or not.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, DAY_MS, HOUR_MS, type Random } from '@marquee/domain';
import type { ExplorationSettings } from '@marquee/exploration';
import { DEFAULT_POLICY, type PromotionPolicy, type Step } from '@marquee/model-promoter';
import { productionOf, type RecordedMove, trialsOf } from '@marquee/model-registry';
import type { Audience, LiveClient } from '@marquee/sample-world';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { TrainingRun } from '@marquee/trainer';
import type { Progress } from '../cli/progress.ts';
import { trainingSettings, worldLauncher } from '../models/world-training.ts';
import type { World } from '../world/data-directory.ts';
import { type DayMeasures, DayTally } from './day-measures.ts';
import { type Plant, plantModel } from './plants.ts';
import { type ServedWorld, serveWorld } from './served-world.ts';
import { simulatedClock } from './simulated-clock.ts';
import { visitHome } from './simulated-viewer.ts';

export interface ArmOptions {
  readonly name: string;
  /** The arm's own copy of the world. */
  readonly folder: string;
  readonly world: World;
  readonly audience: Audience;
  /** Drawn viewers that come; the more of the audience, the fewer visits of each. */
  readonly profiles: number;
  readonly titles: number;
  readonly days: number;
  readonly visitsPerDay: number;
  readonly seed: number;
  readonly learns: boolean;
  readonly exploration?: ExplorationSettings | undefined;
  /** By day, from 1. */
  readonly plants: ReadonlyMap<number, Plant>;
  readonly codeVersion: string;
  readonly progress: Progress;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface LoopDay extends DayMeasures {
  readonly day: number;
  /** In production when it ended. */
  readonly production: string;
  readonly training: Pick<TrainingRun, 'state' | 'problem' | 'durationSeconds' | 'result'> | undefined;
  readonly planted: string | undefined;
  readonly moves: readonly Pick<RecordedMove, 'kind' | 'version' | 'from' | 'to' | 'by' | 'why' | 'at'>[];
  /** Pages that were not made by the whole pipeline. */
  readonly degraded: number;
}

/** Of a day's visits, when the shadow stage ends. */
const SHADOW_SHARE = 0.35;
const CANARY_SHARE = 0.5;
const OPENS_MS = 6 * HOUR_MS;
const OPEN_MS = 16 * HOUR_MS;
/** For what is loaded and written beside the requests. */
const SETTLE_MS = 20_000;
const POLL_MS = 100;

/** A day is short and the viewers are few: what a real installation asks of a canary would take weeks here. */
export function loopPolicy(visitsPerDay: number): PromotionPolicy {
  return {
    ...DEFAULT_POLICY,
    // Other work shares the machine, and what is late is not the model.
    gates: { latencyBudgetMs: 1_000, ndcgTolerance: 0.03, logLossTolerance: 0.03 },
    shadow: { slates: Math.max(5, Math.floor(visitsPerDay * 0.1)), latencyMs: 2_000 },
    canaryShare: CANARY_SHARE,
    canary: { profiles: 40, atLeastMs: HOUR_MS, atMostMs: 12 * HOUR_MS, margin: 0.3 },
  };
}

export async function runArm(options: ArmOptions): Promise<readonly LoopDay[]> {
  const { folder, world, audience, days, progress, signal, logger } = options;
  const clock = simulatedClock();
  const served = await serveWorld({
    ...{ folder, world, clock, logger, exploration: options.exploration },
    policy: loopPolicy(options.visitsPerDay),
  });
  try {
    const begin = clock.now();
    const random = createRandom(options.seed);
    const viewers = new Map<string, LiveClient>();
    const watched = watchedBefore(audience);
    const results: LoopDay[] = [];
    for (let day = 1; day <= days; day++) {
      signal.throwIfAborted();
      const opens = begin + (day - 1) * DAY_MS + OPENS_MS;
      const known = await served.registry.lastRevision();
      let training: TrainingRun | undefined;
      let planted: string | undefined;
      if (options.learns) {
        clock.advanceTo(opens - 3 * HOUR_MS);
        training = await train(options, served, clock.now(), day);
        const plant = options.plants.get(day);
        if (plant !== undefined && training.state === 'succeeded') {
          planted = await plantModel(plant, training, served.registry, CANARY_SHARE);
        }
        progress.phase(`${options.name}, day ${day}: gates`);
        await served.promoter.look();
        await trialsLoaded(served);
      }
      progress.phase(`${options.name}, day ${day}: visits`, options.visitsPerDay);
      const tally = new DayTally(audience);
      let degraded = 0;
      for (let visit = 0; visit < options.visitsPerDay; visit++) {
        signal.throwIfAborted();
        if (options.learns && visit === Math.floor(options.visitsPerDay * SHADOW_SHARE)) {
          await lookUntilMoved(served, 'shadow');
          await trialsLoaded(served);
        }
        clock.advanceTo(opens + (visit / options.visitsPerDay) * OPEN_MS);
        const profileId = `sim-${1 + random.integer(options.profiles)}`;
        const at = clock.now();
        const seen = await visitHome(
          served.url,
          profileId,
          viewerOf(viewers, options, profileId, random, clock),
        );
        if (seen.page.degradations.some(({ step }) => step !== 'FULL')) degraded++;
        const mine = watched.get(profileId) ?? new Set<string>();
        const { watchedSeconds, playedTitleIds } = seen.visit;
        tally.add({ profileId, at, items: seen.items, watchedSeconds, played: playedTitleIds.length }, mine);
        watched.set(profileId, new Set([...mine, ...playedTitleIds]));
        progress.update(visit + 1);
      }
      if (options.learns) {
        clock.advanceTo(opens + OPEN_MS + 5 * HOUR_MS);
        await served.intoLake();
        await served.promoter.look();
      }
      const { state } = await served.registry.current();
      const moves = (await served.registry.history(100)).filter(({ revision }) => revision > known);
      results.push({
        ...{ day, ...tally.measures(options.titles), training, planted, degraded },
        production: productionOf(state) ?? world.model,
        moves: moves
          .reverse()
          .map(({ kind, version, from, to, by, why, at }) => ({ kind, version, from, to, by, why, at })),
      });
      progress.end();
      note(progress, results.at(-1)!);
    }
    return results;
  } finally {
    await served.stop();
  }
}

async function train(
  { folder, codeVersion, progress, name, signal }: ArmOptions,
  served: ServedWorld,
  now: number,
  day: number,
): Promise<TrainingRun> {
  progress.phase(`${name}, day ${day}: training`);
  await served.intoLake();
  const run = await worldLauncher(folder, {})(
    {
      ...trainingSettings(folder, codeVersion),
      ...{ now, windowHours: 3, by: 'loop', why: `night before day ${day}` },
      // Nobody comes at night.
      priority: 'normal',
      runId: new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-'),
    },
    signal,
  );
  if (run.state === 'failed')
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `the training failed: ${run.problem}`);
  return run;
}

function viewerOf(
  viewers: Map<string, LiveClient>,
  { audience }: ArmOptions,
  profileId: string,
  random: Random,
  clock: { now(): number },
): LiveClient {
  let viewer = viewers.get(profileId);
  if (viewer === undefined) {
    viewer = audience.liveClient({ profileId, random: random.fork(profileId), clock });
    viewers.set(profileId, viewer);
  }
  return viewer;
}

/** What the history has each of them watched already. */
function watchedBefore(audience: Audience): Map<string, Set<string>> {
  const watched = new Map<string, Set<string>>();
  for (const batch of audience.history({ days: 60 })) {
    for (const event of batch) {
      if (event.type !== 'PLAY_STOP') continue;
      const titles = watched.get(event.profileId) ?? new Set<string>();
      titles.add(event.payload.titleId);
      watched.set(event.profileId, titles);
    }
  }
  return watched;
}

/** What was seen in shadow is written every few seconds; a model that is to be moved is, within that. */
async function lookUntilMoved(served: ServedWorld, from: Step['from']): Promise<Step> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const step = await served.promoter.look();
    if (step.from !== from || step.to !== undefined || performance.now() > deadline) return step;
    await delay(POLL_MS);
  }
}

async function trialsLoaded({ registry, trials }: ServedWorld): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  const { state } = await registry.current();
  const wanted = trialsOf(state);
  for (;;) {
    const shadow = wanted.shadow === null || trials.shadow?.version === wanted.shadow.version;
    const canary = wanted.canary === null || trials.canary?.version === wanted.canary.version;
    if (shadow && canary) return;
    if (performance.now() > deadline)
      throw new MarqueeError('DEADLINE_EXCEEDED', 'a model was not tried out in time');
    await delay(POLL_MS);
  }
}

function note(progress: Progress, day: LoopDay): void {
  const { expectedMinutes, regretMinutes, coverage, gini, moves } = day;
  const moved = moves.map(({ kind, version, to }) => `${version} ${kind} → ${to}`).join(', ');
  progress.note?.(
    `day ${day.day}: ${expectedMinutes.toFixed(1)} expected minutes, regret ${regretMinutes.toFixed(1)}, coverage ${(coverage * 100).toFixed(1)} %, Gini ${gini.toFixed(3)}; ${moved || 'no moves'}`,
  );
}
