/** One worker after another is killed many times under one load; then everything is drained and counted. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Title } from '@marquee/domain';
import { caughtUp } from '@marquee/event-bus';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { isMarqueeError, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { BACKGROUND_PARTS } from '../../packages/standalone/src/distributed/topology.ts';
import {
  balancerOf,
  beginningOf,
  consumersOf,
  MAX_TITLES,
  type Ports,
  withPorts,
} from '../faults/campaign.ts';
import { auditEvents, type EventAudit } from '../faults/event-audit.ts';
import { auditLake, type LakeCounts } from '../faults/lake-audit.ts';
import { OpenLoopLoad } from '../faults/open-loop-load.ts';
import { ReadinessWatch } from '../faults/readiness-watch.ts';
import { differencesFromReplay, type Verdict } from '../ingestion/verdict.ts';
import { type Counted, countOf, isExact } from './count.ts';
import { type KillSeries, killMany } from './kill-many.ts';
import { deedsInLake } from './lake-deeds.ts';
import { digestsLeft, type LeftBehind, modelsLeft } from './left-behind.ts';
import { type Work, workFor } from './work.ts';

export interface CrashOptions {
  readonly platform: LocalPlatform;
  /** Of the platform's folder. */
  readonly folder: string;
  readonly workers: readonly string[];
  readonly kills: number;
  readonly seed: number;
  readonly perSecond: number;
  /** Found fault with what it was asked, if it can; empty: nothing to complain of. */
  readonly violations: () => readonly string[];
  /** Share of the requests that are mutations. */
  readonly writes: number;
  readonly daysBetweenDigests: number;
  readonly progress: (line: string) => void;
  readonly onKill: (worker: string, done: number) => void;
  readonly signal: AbortSignal;
}

export interface CrashResult {
  readonly series: readonly (KillSeries & { readonly counted: Counted; readonly verdict: 'pass' | 'fail' })[];
  readonly all: Counted;
  /** Of the campaign's profiles, in the log, and never sent. */
  readonly unexpected: number;
  readonly lake: LakeCounts;
  readonly features: Pick<Verdict, 'values' | 'different'>;
  readonly left: readonly (LeftBehind & { readonly what: string })[];
  readonly drained: boolean;
  /** Empty: every promise was kept. */
  readonly broken: readonly string[];
  readonly examples: readonly string[];
}

const WARM_UP_MS = 8_000;
const SETTLE_WITHIN_MS = 60_000;
/** Generous: what is asked is whether everything is counted, not how soon. */
const DRAIN_WITHIN_MS = 600_000;
const COUNTED_WITHIN_MS = 300_000;
/** Impressions and plays that one profile's features keep are some hundreds; a writer never does so much. */
const DEEDS_PER_WRITER = MAX_TITLES / 2;
/** Longer than a kill takes with what follows it. */
const SECONDS_PER_KILL = 20;
const COUNTING_ATTEMPTS = 5;
const POLL_MS = 50;

export async function runCampaign(options: CrashOptions): Promise<CrashResult> {
  const { platform, seed, perSecond, writes, workers, kills, progress, signal } = options;
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  const profilePrefix = `crashes-${seed}-${Date.now().toString(36)}-`;
  const before = await beginningOf(platform);
  const balancer = balancerOf(platform);
  const deeds = workers.length * kills * SECONDS_PER_KILL * perSecond * writes;
  const load = new OpenLoopLoad({
    ...{ balancer, perSecond, seed, profilePrefix, now, rampMs: WARM_UP_MS },
    mix: { writes, documents: { full: 0.1, 'first-screen': 0.9 }, fresh: 0.1 },
    writers: Math.max(200, Math.ceil(deeds / DEEDS_PER_WRITER)),
    ...{ viewers: before.viewers, titleIds: before.titleIds },
  });
  const watch = new ReadinessWatch(platform.specs, now);
  await watch.start();
  balancer.start();
  try {
    await load.start();
    await delay(WARM_UP_MS, undefined, { signal }).catch(() => undefined);
    const works = new Map(
      workers.map((worker) => [worker, workFor(worker, { ...options, viewers: before.viewers })]),
    );
    const series = await seriesOf(options, works, watch, now);
    progress('draining: no new load, everything sent is answered or given up');
    await load.stop();
    const well = await until(() => complaints(watch).length === 0, DRAIN_WITHIN_MS, signal);
    const about = { profilePrefix, afterSequence: before.sequence };
    return await counting(platform, async (ports) => {
      const drained = (await everythingHandled(ports)) && well;
      if (!drained)
        for (const line of [...complaints(watch), ...(await consumersOf(platform))]) progress(`  ${line}`);
      progress('counting: log, lake, features');
      const audit = await auditEvents(ports, load.ledger.entries, about);
      const lake = await auditLake(ports.bus, {
        ...about,
        folder: platform.lakeFolder,
        withinMs: COUNTED_WITHIN_MS,
      });
      const features = await featuresDiffer(ports, signal);
      const rows = await deedsInLake(platform.lakeFolder, profilePrefix);
      const left = [
        { what: 'models', ...(await modelsLeft(join(options.folder, 'models'))) },
        {
          what: 'digests',
          ...(await digestsLeft(ports.bus, {
            daysBetween: options.daysBetweenDigests,
            afterSequence: before.sequence,
          })),
        },
        ...(await audits(works)),
        { what: 'requests to the vector server', found: 'as described', broken: options.violations() },
      ];
      return judged({ series, load, audit, rows, lake, features, left, drained });
    });
  } finally {
    await load.abandon();
    watch.stop();
    await balancer.stop();
  }
}

/** On a machine that is busy a server may not answer in time: what was counted by then is counted anew. */
async function counting<T>(platform: LocalPlatform, count: (ports: Ports) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withPorts(platform, count);
    } catch (error) {
      const isPassing =
        isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE') || isMarqueeError(error, 'DEADLINE_EXCEEDED');
      if (!isPassing || attempt === COUNTING_ATTEMPTS) throw error;
      await delay(attempt * 2_000);
    }
  }
}

/** Of those that events pass through: what others remark is about jobs, and what became of those is looked at by itself. */
function complaints(watch: ReadinessWatch): readonly string[] {
  return watch
    .complaints()
    .filter((complaint) => !BACKGROUND_PARTS.some((part) => complaint.startsWith(`${part} `)));
}

async function seriesOf(
  options: CrashOptions,
  works: ReadonlyMap<string, Work>,
  watch: ReadinessWatch,
  now: () => number,
): Promise<readonly KillSeries[]> {
  const { platform, workers, kills, seed, progress, onKill, signal } = options;
  const random = createRandom(seed);
  const series: KillSeries[] = [];
  for (const worker of workers) {
    if (signal.aborted) break;
    progress(`${worker}: ${kills} kills`);
    const { begin, end, audit: _, ...work } = works.get(worker) ?? {};
    await begin?.();
    const one = await killMany({
      ...{ platform, watch, worker, kills, now, signal, ...work },
      random: random.fork(worker),
      onKill: (done) => onKill(worker, done),
    }).finally(end);
    // What was in its hands is nobody else's doing.
    const quiet = await until(() => complaints(watch).length === 0, SETTLE_WITHIN_MS, signal);
    if (!quiet) progress(`  goes on although not all is well: ${complaints(watch).join('; ')}`);
    one.to = now();
    series.push(one);
  }
  return series;
}

async function audits(works: ReadonlyMap<string, Work>): Promise<CrashResult['left']> {
  const left = [];
  for (const { audit } of works.values()) if (audit !== undefined) left.push(await audit());
  return left;
}

async function everythingHandled({ bus }: Ports): Promise<boolean> {
  const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => bus.progressOf(name));
  await startAll(projections, silentLogger);
  try {
    return await caughtUp(bus, projections, DRAIN_WITHIN_MS);
  } finally {
    await stopAll(projections, silentLogger, 5_000);
  }
}

/** Served rows are added up from their shards a moment after those are written. */
async function featuresDiffer(
  { bus, store, catalogue }: Ports,
  signal: AbortSignal,
): Promise<Pick<Verdict, 'values' | 'different'>> {
  const titles: Title[] = [];
  for await (const batch of catalogue.scan({ batchSize: 500 })) titles.push(...batch);
  const deadline = performance.now() + COUNTED_WITHIN_MS;
  for (;;) {
    const found = await differencesFromReplay({ bus, store, titles, partitions: bus.partitions });
    if (found.different.length === 0 || performance.now() > deadline || signal.aborted) return found;
    await delay(1_000);
  }
}

function judged(of: {
  readonly series: readonly KillSeries[];
  readonly load: OpenLoopLoad;
  readonly audit: EventAudit;
  readonly rows: ReadonlyMap<string, number>;
  readonly lake: LakeCounts;
  readonly features: Pick<Verdict, 'values' | 'different'>;
  readonly left: CrashResult['left'];
  readonly drained: boolean;
}): CrashResult {
  const { series, load, audit, rows, lake, features, left, drained } = of;
  const counted = series.map((one) => {
    const entries = load.ledger.between(one.from, one.to);
    const counts = countOf(entries, audit.count(entries), rows);
    const verdict = isExact(counts) && one.recovered ? ('pass' as const) : ('fail' as const);
    return { ...one, counted: counts, verdict };
  });
  const entries = load.ledger.entries;
  const all = countOf(entries, audit.count(entries), rows);
  const broken = [
    ...counted
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ worker, recovered }) => `${worker}: ${recovered ? 'counts differ' : 'it was not ready again'}`),
    ...(isExact(all) ? [] : ['what was accepted is not what was counted']),
    ...(audit.unexpected > 0 ? [`${audit.unexpected} events that nobody sent`] : []),
    ...(drained ? [] : ['not everything was handled in time']),
    ...(lake.missing + lake.unexpected > 0 || lake.doubled > lake.repeated ? ['lake and log differ'] : []),
    ...(features.different.length === 0
      ? []
      : [`features differ from a replay: ${features.different.slice(0, 5).join(', ')}`]),
    ...left.flatMap(({ broken: some }) => some),
  ];
  return {
    ...{ series: counted, all, lake, features, left, drained, broken },
    ...{ unexpected: audit.unexpected, examples: audit.examples },
  };
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
