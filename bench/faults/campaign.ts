/**
 * One fault after another on a platform under load, each with a steady state before and after it; then everything is
 * drained, and the verdict is spoken over what clients got and over every event.
 */
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
import { LoadBalancer } from './load-balancer.ts';
import { OpenLoopLoad } from './open-loop-load.ts';
import { ReadinessWatch } from './readiness-watch.ts';

export interface CampaignOptions {
  readonly platform: LocalPlatform;
  readonly faults: readonly Fault[];
  readonly perSecond: number;
  readonly writeShare: number;
  readonly seed: number;
  /** A server stays away, or frozen, for so long. */
  readonly serverAwayMs: number;
  /** A process stays frozen for so long. */
  readonly processFrozenMs: number;
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
  /** The platform was well again before time was up. */
  readonly settled: boolean;
}

export interface CampaignResult {
  readonly episodes: readonly Episode[];
  readonly load: OpenLoopLoad;
  readonly watch: ReadinessWatch;
  readonly audit: EventAudit;
  /** Everything was projected before time was up. */
  readonly drained: boolean;
}

const SETTLE_WITHIN_MS = 90_000;
const AFTERMATH_MS = 3_000;
const DRAIN_WITHIN_MS = 120_000;
const WARM_UP_MS = 5_000;
const WRITERS = 200;
const MAX_VIEWERS = 100;
const MAX_TITLES = 100;
const POLL_MS = 50;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { platform, progress, signal, seed } = options;
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  const profilePrefix = `faults-${seed}-${Date.now().toString(36)}-`;
  const before = await withPorts(platform, async ({ bus, profiles, catalogue }) => ({
    sequence: await bus.lastSequence(),
    viewers: (await profiles.list({ first: MAX_VIEWERS })).map(({ id }) => id),
    titleIds: (await catalogue.findTitles({ first: MAX_TITLES })).titles.map(({ title }) => title.id),
  }));
  const balancer = new LoadBalancer(
    platform.specs
      .filter(({ part }) => part === 'gateway')
      .map(({ name, port }) => ({ name, url: `http://127.0.0.1:${port}` })),
  );
  const { perSecond, writeShare } = options;
  const load = new OpenLoopLoad({
    ...{ balancer, perSecond, writeShare, seed, profilePrefix, writers: WRITERS, now },
    ...{ viewers: before.viewers, titleIds: before.titleIds },
  });
  const watch = new ReadinessWatch(platform.specs, now);
  await watch.start();
  balancer.start();
  try {
    await load.start();
    const episodes = await allEpisodes(options, load, watch, now);
    progress('draining: no new load, everything sent is answered or given up');
    await load.stop();
    const well = await until(() => watch.allWell, DRAIN_WITHIN_MS, signal);
    const { audit, drained } = await withPorts(platform, async (ports) => {
      const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) =>
        ports.bus.progressOf(name),
      );
      await startAll(projections, silentLogger);
      const done = await caughtUp(ports.bus, projections, DRAIN_WITHIN_MS);
      const about = { profilePrefix, afterSequence: before.sequence };
      const found = await auditEvents(ports, load.ledger.entries, about);
      await stopAll(projections, silentLogger, 5_000);
      return { audit: found, drained: well && done };
    });
    if (!drained) for (const line of await consumersOf(platform)) progress(`  ${line}`);
    return { episodes, load, watch, audit, drained };
  } finally {
    await load.stop();
    watch.stop();
    await balancer.stop();
  }
}

async function allEpisodes(
  options: CampaignOptions,
  load: OpenLoopLoad,
  watch: ReadinessWatch,
  now: () => number,
): Promise<readonly Episode[]> {
  const { signal, progress } = options;
  progress(`steady state for ${options.baselineMs / 1000} s`);
  await pause(WARM_UP_MS, signal);
  const begin = now();
  await pause(options.baselineMs, signal);
  const episodes: Episode[] = [{ injectedAt: begin, healedAt: now(), endedAt: now(), settled: true }];
  for (const [index, fault] of options.faults.entries()) {
    if (signal.aborted) break;
    await until(() => isSteady(load, watch, now()), SETTLE_WITHIN_MS, signal);
    progress(`${index + 1}/${options.faults.length} ${fault.name}`);
    const episode = await oneEpisode(fault, options, load, watch, now);
    episodes.push(episode);
    if (!episode.settled)
      progress(`  not well again within ${SETTLE_WITHIN_MS / 1000} s: ${remarks(watch, options)}`);
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
  const settled = await until(() => isSteady(load, watch, now()), SETTLE_WITHIN_MS, signal);
  return { fault, injectedAt, healedAt, endedAt: now(), settled };
}

/** Nobody has anything to remark, and the pages of the last second were full. */
function isSteady({ homes }: OpenLoopLoad, watch: ReadinessWatch, now: number): boolean {
  const latest = homes.filter(({ sentAt, latencyMs }) => sentAt + latencyMs > now - 1_000);
  return watch.allWell && latest.length > 0 && latest.every(({ outcome }) => outcome === 'full');
}

function remarks(watch: ReadinessWatch, { platform }: CampaignOptions): string {
  return platform.specs
    .flatMap(({ name }) => {
      const { ready, remarks: said } = watch.stateOf(name);
      return ready === true && said.length === 0 ? [] : [`${name} (ready: ${ready}) ${said.join(', ')}`];
    })
    .join('; ');
}

/** What workers have and have not done, from their metrics: for whoever has to find out why something was not drained. */
async function consumersOf({ specs }: LocalPlatform): Promise<readonly string[]> {
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

type Ports = Pick<MarqueeDeps, 'bus' | 'store' | 'profiles' | 'catalogue'>;

async function withPorts<T>(platform: LocalPlatform, use: (ports: Ports) => Promise<T>): Promise<T> {
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
