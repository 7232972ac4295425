/** One cell of the table: so many consumers under such a load, what it took and how fresh it was. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyValueStore } from '@marquee/feature-store';
import { percentile } from '../closed-loop.ts';
import { cpuMs } from './cpu-meter.ts';
import { quantile, type Sample } from './freshness-probe.ts';
import type { Ledger } from './ledger.ts';
import { type Load, publishAtRate, publishBurst } from './publisher.ts';
import type { MeasuredServers } from './servers.ts';
import { servedImpressions } from './verdict.ts';
import type { WorkerProcess } from './worker-processes.ts';

export interface Cell {
  readonly consumers: number;
  /** Events per second offered; undefined: as many as the log takes. */
  readonly rate: number | undefined;
  /** From the first event to the last one being handled, for the burst; else while publishing. */
  readonly perSecond: number;
  readonly acknowledged: { readonly p50: number; readonly p99: number };
  readonly told: { readonly p50: number; readonly p99: number };
  readonly visible: { readonly p50: number; readonly p99: number };
  readonly projected: { readonly p99: number };
  /** Events that were not handled when the last one had been acknowledged, and how long they took then. */
  readonly lag: number;
  readonly drainedMs: number;
  /** From then on until the served counts of all titles are right. */
  readonly countedMs: number;
  /** CPU-ms per 1,000 events. */
  readonly cpu: Readonly<Record<CpuPart, number>>;
  readonly samples: number;
}

export type CpuPart = 'materializers' | 'projector' | 'redis' | 'nats' | 'postgres' | 'publisher';
export const CPU_PARTS: readonly CpuPart[] = [
  'materializers',
  'projector',
  'redis',
  'nats',
  'postgres',
  'publisher',
];

/** Followed per second, at most: following costs the publisher's process time of its own. */
const FOLLOWED_PER_SECOND = 100;
const EVENTS_PER_VISIT = 10;
const DRAIN_WITHIN_MS = 60_000;
const COUNTED_WITHIN_MS = 10_000;

export async function measureCell(
  servers: MeasuredServers,
  workers: readonly WorkerProcess[],
  load: Load,
  options: { rate: number | undefined; seconds: number; burst: number },
): Promise<Cell> {
  const { rate, seconds, burst } = options;
  const { probe, ledger } = load;
  await probe.settled();
  probe.take();
  const before = cpuOf(servers, workers);
  const beganAt = performance.now();
  const published =
    rate === undefined
      ? await publishBurst(load, burst, (FOLLOWED_PER_SECOND * EVENTS_PER_VISIT) / 10_000)
      : await publishAtRate(load, {
          rate,
          seconds,
          follow: Math.min(1, (FOLLOWED_PER_SECOND * EVENTS_PER_VISIT) / rate),
        });
  const lag = await ledger.lag(probe.isHandled);
  const drainingSince = performance.now();
  if (!(await ledger.handled(probe.isHandled, DRAIN_WITHIN_MS))) {
    throw new Error(`${await ledger.lag(probe.isHandled)} events were not handled in time`);
  }
  const handledAt = performance.now();
  const after = cpuOf(servers, workers);
  await probe.settled();
  const samples = probe.take();
  const countedMs = (await counted(servers.store, ledger)) - handledAt;
  const seenIn = rate === undefined ? (handledAt - beganAt) / 1_000 : published.seconds;
  const sorted = [...published.acknowledgements].sort((a, b) => a - b);
  return {
    consumers: workers.filter(({ part }) => part === 'feature-materializer').length,
    rate,
    perSecond: published.events / seenIn,
    acknowledged: { p50: percentile(sorted, 50), p99: percentile(sorted, 99) },
    told: both(samples, (sample) => sample.told),
    visible: both(samples, (sample) => sample.visible),
    projected: { p99: quantile(samples, (sample) => sample.projected, 99) },
    lag,
    drainedMs: handledAt - drainingSince,
    countedMs,
    cpu: Object.fromEntries(
      CPU_PARTS.map((part) => [part, ((after[part] - before[part]) / published.events) * 1_000]),
    ) as Cell['cpu'],
    samples: samples.length,
  };
}

/** When the served counts were seen to be right, on the clock of `performance`; infinite when they were not in time. */
export async function counted(store: KeyValueStore, ledger: Ledger): Promise<number> {
  const titleIds = [...ledger.impressions.keys()];
  const deadline = performance.now() + COUNTED_WITHIN_MS;
  while ((await servedImpressions(store, titleIds)) !== ledger.impressionsOfAll) {
    if (performance.now() > deadline) return Number.POSITIVE_INFINITY;
    await delay(50);
  }
  return performance.now();
}

function both(samples: readonly Sample[], of: (sample: Sample) => number): { p50: number; p99: number } {
  return { p50: quantile(samples, of, 50), p99: quantile(samples, of, 99) };
}

function cpuOf({ local }: MeasuredServers, workers: readonly WorkerProcess[]): Record<CpuPart, number> {
  const of = (part: WorkerProcess['part']): number =>
    workers.filter((worker) => worker.part === part).reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const { user, system } = process.cpuUsage();
  return {
    materializers: of('feature-materializer'),
    projector: of('profile-projector'),
    redis: cpuMs(local.redis.pid),
    nats: cpuMs(local.nats.pid),
    postgres: cpuMs(local.postgres.pid, true),
    publisher: (user + system) / 1_000,
  };
}
