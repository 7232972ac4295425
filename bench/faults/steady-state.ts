/** When a platform is well under the load it gets, what it still lacks when it is not, and what a request costs it. */

import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { cpuMs } from '../ingestion/cpu-meter.ts';
import type { HomeRecord, OpenLoopLoad } from './open-loop-load.ts';
import type { ReadinessWatch } from './readiness-watch.ts';

/** Pages of the last second decide. */
const LATEST_MS = 1_000;
const MAX_NAMED = 12;

/** What is not as it should be; empty: everybody is well and the pages of the last second were full. */
export function unwell({ homes }: OpenLoopLoad, watch: ReadinessWatch, now: number): readonly string[] {
  const latest = latestOf(homes, now - LATEST_MS);
  const notFull = latest.filter(({ outcome }) => outcome !== 'full');
  const pages =
    latest.length === 0
      ? ['no home page was answered within the last second']
      : notFull.length === 0
        ? []
        : [
            `${notFull.length} of ${latest.length} pages of the last second were not full (${reasonsOf(notFull)})`,
          ];
  return [...watch.complaints(), ...pages].slice(0, MAX_NAMED);
}

/** Records are in the order of their answers. */
function latestOf(homes: readonly HomeRecord[], since: number): readonly HomeRecord[] {
  let first = homes.length;
  while (first > 0 && answeredAt(homes[first - 1] as HomeRecord) > since) first--;
  return homes.slice(first);
}

function answeredAt({ sentAt, latencyMs }: HomeRecord): number {
  return sentAt + latencyMs;
}

function reasonsOf(pages: readonly HomeRecord[]): string {
  const counts = new Map<string, number>();
  for (const { outcome, codes } of pages) {
    const what = [outcome, ...codes.slice(0, 2)].join(' ');
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, times]) => `${what}: ${times}`).join(', ');
}

/** Of the time in which no fault was injected. */
export interface Capacity {
  readonly pages: number;
  /** Of the pages, 0 to 1: refused, and without rows for any other reason. */
  readonly shed: number;
  readonly failed: number;
  /** Pages and writes that were sent. */
  readonly requests: number;
  /** CPU milliseconds per request: part of the platform, server or `load generator` → all its copies together. */
  readonly cpuMsPerRequest: Readonly<Record<string, number>>;
  /** That all of them used together, on average. */
  readonly coresUsed: number;
}

/** More than that cannot be blamed on a hiccup. */
const TOLERATED = 0.005;

/** Undefined when the platform holds the load. */
export function overCapacity(
  { shed, failed, coresUsed, cpuMsPerRequest }: Capacity,
  perSecond: number,
  cores: number,
): string | undefined {
  if (shed + failed <= TOLERATED) return undefined;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const missing = failed === 0 ? '' : `, ${percent(failed)} failed`;
  return (
    `the machine cannot hold ${perSecond} requests/s before any fault: ${percent(shed)} shed${missing} ` +
    `(${coresUsed.toFixed(2)} of ${cores} cores used by it; CPU-ms per request: ${describeCost(cpuMsPerRequest)}); try a lower --rate`
  );
}

export function describeCost(cpuMsPerRequest: Capacity['cpuMsPerRequest']): string {
  const parts = Object.entries(cpuMsPerRequest).sort(([, a], [, b]) => b - a);
  const all = parts.reduce((sum, [, ms]) => sum + ms, 0);
  return `${all.toFixed(2)} = ${parts.map(([name, ms]) => `${name} ${ms.toFixed(2)}`).join(' + ')}`;
}

/** CPU time of everything that a campaign runs, from a moment on. */
export class CostMeter {
  readonly #platform: LocalPlatform;
  readonly #before: ReadonlyMap<string, number>;
  readonly #startedAt = performance.now();

  constructor(platform: LocalPlatform) {
    this.#platform = platform;
    this.#before = read(platform);
  }

  /** @param requests sent since. */
  since(requests: number): Pick<Capacity, 'cpuMsPerRequest' | 'coresUsed'> {
    const now = read(this.#platform);
    const used = [...now].map(([name, ms]) => [name, ms - (this.#before.get(name) ?? 0)] as const);
    const all = used.reduce((sum, [, ms]) => sum + ms, 0);
    return {
      cpuMsPerRequest: Object.fromEntries(used.map(([name, ms]) => [name, ms / Math.max(1, requests)])),
      coresUsed: all / (performance.now() - this.#startedAt),
    };
  }
}

function read({ specs, supervisor, servers }: LocalPlatform): Map<string, number> {
  const spent = new Map<string, number>();
  const add = (name: string, ms: number): void => void spent.set(name, (spent.get(name) ?? 0) + ms);
  for (const { name, part } of specs) {
    const pid = supervisor.pidOf(name);
    if (pid !== undefined) add(part, cpuMs(pid));
  }
  for (const [name, { pid }] of servers.local) add(name, cpuMs(pid, true));
  const { user, system } = process.cpuUsage();
  add('load generator', (user + system) / 1_000);
  return spent;
}
