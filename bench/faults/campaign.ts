/**
 * One fault after another on a platform under load, each with a steady state before and after it; then everything is
 * drained, and the verdict is spoken over what clients got and over every event.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@marquee/domain';
import { caughtUp } from '@marquee/event-bus';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { distributedDeps, type MarqueeDeps } from '../../packages/standalone/src/deps.ts';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { auditEvents, type EventAudit } from './event-audit.ts';
import { type Fault, inject } from './fault.ts';
import type { HomeOutcome } from './home-answer.ts';
import { auditLake, type LakeCounts } from './lake-audit.ts';
import { LoadBalancer } from './load-balancer.ts';
import type { LoadMix } from './load-mix.ts';
import { OpenLoopLoad } from './open-loop-load.ts';
import { ReadinessWatch } from './readiness-watch.ts';
import { type Capacity, CostMeter, describeCost, overCapacity, unwell } from './steady-state.ts';

export interface CampaignOptions {
  readonly platform: LocalPlatform;
  readonly faults: readonly Fault[];
  readonly perSecond: number;
  readonly mix: LoadMix;
  readonly seed: number;
  /** A server stays away, or frozen, for so long. */
  readonly serverAwayMs: number;
  /** A process stays frozen for so long. */
  readonly processFrozenMs: number;
  /** In which the load grows to the whole: compilers and caches of every process are cold before. */
  readonly warmUpMs: number;
  /** Steady state measured before the first fault. */
  readonly baselineMs: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds of the campaign. */
export interface Episode {
  /** Absent: the steady state before all faults. */
  readonly fault?: Fault;
  readonly injectedAt: number;
  /** A killed process: it is ready again. */
  readonly healedAt: number;
  readonly endedAt: number;
  /** What was not well yet when time was up; empty: everything was. */
  readonly unwell: readonly string[];
}

export interface CampaignResult {
  readonly capacity: Capacity;
  readonly episodes: readonly Episode[];
  readonly load: OpenLoopLoad;
  readonly watch: ReadinessWatch;
  readonly audit: EventAudit;
  /** Everything was projected before time was up. */
  /** Absent without lake writers. */
  readonly lake?: LakeCounts;
  readonly drained: boolean;
}

const SETTLE_WITHIN_MS = 90_000;
const AFTERMATH_MS = 3_000;
const DRAIN_WITHIN_MS = 120_000;
const LAKE_WITHIN_MS = 60_000;
const WARM_WITHIN_MS = 20_000;
const WRITERS = 200;
const MAX_VIEWERS = 100;
export const MAX_TITLES = 100;
const POLL_MS = 50;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { platform, progress, signal, seed } = options;
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  const profilePrefix = `faults-${seed}-${Date.now().toString(36)}-`;
  const before = await beginningOf(platform);
  const balancer = balancerOf(platform);
  const { perSecond, mix, warmUpMs } = options;
  const load = new OpenLoopLoad({
    ...{ balancer, perSecond, mix, seed, profilePrefix, writers: WRITERS, now, rampMs: warmUpMs },
    ...{ viewers: before.viewers, titleIds: before.titleIds },
  });
  const watch = new ReadinessWatch(platform.specs, now);
  await watch.start();
  balancer.start();
  try {
    await load.start();
    const { capacity, baseline } = await steadyState(options, load, watch, now);
    const tooMuch = overCapacity(capacity, perSecond, availableParallelism());
    if (tooMuch !== undefined) throw new OverCapacityError(tooMuch);
    progress(`  held; CPU-ms per request: ${describeCost(capacity.cpuMsPerRequest)}`);
    const episodes = [baseline, ...(await faultEpisodes(options, load, watch, now))];
    progress('draining: no new load, everything sent is answered or given up');
    await load.stop();
    const well = await until(() => watch.complaints().length === 0, DRAIN_WITHIN_MS, signal);
    const { audit, lake, drained } = await withPorts(platform, async (ports) => {
      const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) =>
        ports.bus.progressOf(name),
      );
      await startAll(projections, silentLogger);
      const done = await caughtUp(ports.bus, projections, DRAIN_WITHIN_MS);
      const about = { profilePrefix, afterSequence: before.sequence };
      const found = await auditEvents(ports, load.ledger.entries, about);
      await stopAll(projections, silentLogger, 5_000);
      const lakeCounts = platform.specs.some(({ part }) => part === 'lake-writer')
        ? await auditLake(ports.bus, { ...about, folder: platform.lakeFolder, withinMs: LAKE_WITHIN_MS })
        : undefined;
      return { audit: found, lake: lakeCounts, drained: well && done };
    });
    if (!drained) {
      for (const line of [...watch.complaints(), ...(await consumersOf(platform))]) progress(`  ${line}`);
    }
    return { capacity, episodes, load, watch, audit, ...(lake !== undefined && { lake }), drained };
  } finally {
    await load.abandon();
    watch.stop();
    await balancer.stop();
  }
}

/** The load is more than the machine can take; faults would only show that again. */
export class OverCapacityError extends Error {
  override readonly name = 'OverCapacityError';
}

async function steadyState(
  { platform, perSecond, warmUpMs, baselineMs, progress, signal }: CampaignOptions,
  load: OpenLoopLoad,
  watch: ReadinessWatch,
  now: () => number,
): Promise<{ capacity: Capacity; baseline: Episode }> {
  progress(`load grows to ${perSecond} requests/s in ${warmUpMs / 1000} s`);
  await pause(warmUpMs, signal);
  await until(() => unwell(load, watch, now()).length === 0, WARM_WITHIN_MS, signal);
  progress(`steady state for ${baselineMs / 1000} s`);
  const begin = now();
  const sentBefore = load.sent;
  const meter = new CostMeter(platform);
  await pause(baselineMs, signal);
  const requests = load.sent - sentBefore;
  const cost = meter.since(requests);
  const pages = load.homes.filter(({ sentAt, latencyMs }) => sentAt + latencyMs >= begin);
  const share = (...outcomes: HomeOutcome[]): number =>
    pages.filter(({ outcome }) => outcomes.includes(outcome)).length / Math.max(1, pages.length);
  const capacity = {
    ...{ ...cost, requests, pages: pages.length },
    ...{ shed: share('shed'), failed: pages.length === 0 ? 1 : share('failed', 'cut') },
  };
  const baseline = { injectedAt: begin, healedAt: now(), endedAt: now(), unwell: [] };
  return { capacity, baseline };
}

async function faultEpisodes(
  options: CampaignOptions,
  load: OpenLoopLoad,
  watch: ReadinessWatch,
  now: () => number,
): Promise<readonly Episode[]> {
  const { signal, progress } = options;
  const episodes: Episode[] = [];
  watch.lookClosely(true);
  for (const [index, fault] of options.faults.entries()) {
    if (signal.aborted) break;
    if (!(await until(() => unwell(load, watch, now()).length === 0, SETTLE_WITHIN_MS, signal)))
      progress(`  goes on although not all is well: ${unwell(load, watch, now()).join('; ')}`);
    progress(`${index + 1}/${options.faults.length} ${fault.name}`);
    const episode = await oneEpisode(fault, options, load, watch, now);
    episodes.push(episode);
    if (episode.unwell.length > 0)
      progress(`  not well again within ${SETTLE_WITHIN_MS / 1000} s: ${episode.unwell.join('; ')}`);
  }
  return episodes;
}

async function oneEpisode(
  fault: Fault,
  { platform, serverAwayMs, processFrozenMs, signal }: CampaignOptions,
  load: OpenLoopLoad,
  watch: ReadinessWatch,
  now: () => number,
): Promise<Episode> {
  const injectedAt = now();
  const injected = await inject(fault, platform);
  try {
    if (fault.of === 'server') await pause(serverAwayMs, signal);
    else if (fault.act === 'freeze') await pause(processFrozenMs, signal);
    else {
      const [pid] = injected.pids;
      const anew = (): boolean => {
        const current = platform.supervisor.pidOf(fault.target);
        return current !== undefined && current !== pid;
      };
      await until(anew, SETTLE_WITHIN_MS, signal);
      // What was heard of it last may be of the life before.
      await pause(500, signal);
      await until(() => watch.stateOf(fault.target).ready === true, SETTLE_WITHIN_MS, signal);
    }
  } finally {
    await injected.heal();
  }
  const healedAt = now();
  await pause(AFTERMATH_MS, signal);
  const settled = await until(() => unwell(load, watch, now()).length === 0, SETTLE_WITHIN_MS, signal);
  const endedAt = now();
  return { fault, injectedAt, healedAt, endedAt, unwell: settled ? [] : unwell(load, watch, endedAt) };
}

export interface Beginning {
  /** Of the newest event. */
  readonly sequence: number;
  readonly viewers: readonly string[];
  readonly titleIds: readonly string[];
}

/** What the load is about, and where the log stands before it. */
export function beginningOf(platform: LocalPlatform): Promise<Beginning> {
  return withPorts(platform, async ({ bus, profiles, catalogue }) => ({
    sequence: await bus.lastSequence(),
    viewers: (await profiles.list({ first: MAX_VIEWERS })).map(({ id }) => id),
    titleIds: (await catalogue.findTitles({ first: MAX_TITLES })).titles.map(({ title }) => title.id),
  }));
}

/** Over all gateways of a platform. */
export function balancerOf({ specs }: LocalPlatform): LoadBalancer {
  return new LoadBalancer(
    specs
      .filter(({ part }) => part === 'gateway')
      .map(({ name, port }) => ({ name, url: `http://127.0.0.1:${port}` })),
  );
}

/** What workers have and have not done, from their metrics: for whoever has to find out why something was not drained. */
export async function consumersOf({ specs }: LocalPlatform): Promise<readonly string[]> {
  const workers = specs.filter(({ part }) => part === 'feature-materializer' || part === 'profile-projector');
  const told = workers.map(async ({ name, port }) => {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(5_000) });
      const lines = (await answer.text()).split('\n');
      return lines
        .filter((line) => /^marquee_(partitions_owned|consumer_lag_events)/.test(line))
        .map((line) => `${name} ${line}`);
    } catch (error) {
      return [`${name} tells nothing: ${error}`];
    }
  });
  return (await Promise.all(told)).flat();
}

export type Ports = Pick<MarqueeDeps, 'bus' | 'store' | 'profiles' | 'catalogue'>;

/** Ports of one's own on the servers of a platform. */
export async function withPorts<T>(platform: LocalPlatform, use: (ports: Ports) => Promise<T>): Promise<T> {
  const servers = platform.configFor('campaign');
  const deps = distributedDeps({ servers, clock: systemClock, logger: silentLogger, rankerThreads: 1 });
  const { bus, store, profiles, catalogue, connections = [] } = deps;
  const components = [...connections, store, catalogue, profiles, bus];
  await startAll(components, silentLogger);
  try {
    return await use({ bus, store, profiles, catalogue });
  } finally {
    await stopAll(components, silentLogger, 10_000);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** False when time is up, or the campaign is broken off, first. */
async function until(condition: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline || signal.aborted) return false;
    await delay(POLL_MS);
  }
  return true;
}
