/** Kills one process again and again, at moments that a seed draws: half of them while it starts, half while it works. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@marquee/domain';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import type { ReadinessWatch } from '../faults/readiness-watch.ts';
import { childrenOf, cpuMs } from '../ingestion/cpu-meter.ts';

export interface Kill {
  /** Whether it had said that it was ready; else it was still starting. */
  readonly ready: boolean;
  /** Processor time of it and its children in the moments before, share of one processor: whether it had work in its hands. */
  readonly busy: number;
  /** Milliseconds of the campaign. */
  readonly at: number;
  /** From the signal until its successor was ready, milliseconds; undefined: the next kill came first, or it never was. */
  backMs?: number;
}

export interface KillSeries {
  readonly worker: string;
  /** Milliseconds of the campaign. */
  readonly from: number;
  to: number;
  readonly kills: readonly Kill[];
  /** Well again after the last kill. */
  readonly recovered: boolean;
}

export interface KillManyOptions {
  readonly platform: LocalPlatform;
  readonly watch: ReadinessWatch;
  readonly worker: string;
  readonly kills: number;
  readonly random: Random;
  /** Milliseconds after it became ready between which a kill falls; default the first two and a half seconds. */
  readonly working?: readonly [number, number];
  /** Called in every life before its kill is waited for, so that there is something to do. */
  readonly prepare?: () => Promise<void>;
  readonly now: () => number;
  readonly onKill: (done: number) => void;
  readonly signal: AbortSignal;
}

/** After its process began, longer than it takes to start on a quiet machine; and after it became ready. */
const STARTING_MS = 1_500;
const WORKING_MS = [0, 2_500] as const;
const LOOKED_AT_MS = 150;
const READY_WITHIN_MS = 90_000;
const POLL_MS = 10;

export async function killMany(options: KillManyOptions): Promise<KillSeries> {
  const { platform, watch, worker, random, now, signal, working = WORKING_MS, prepare } = options;
  const from = now();
  const kills: Kill[] = [];
  const isReady = (): boolean => watch.stateOf(worker).ready === true;
  const ready = (): Promise<boolean> => until(isReady, READY_WITHIN_MS, signal);
  const pid = (): number | undefined => platform.supervisor.pidOf(worker);
  let recovered = await ready();
  while (kills.length < options.kills && recovered && !signal.aborted) {
    const whileStarting = random.next() < 0.5;
    await until(() => pid() !== undefined, READY_WITHIN_MS, signal);
    if (!whileStarting) {
      recovered = await ready();
      const last = kills.at(-1);
      if (last !== undefined && recovered) last.backMs = now() - last.at;
    }
    const [earliest, latest] = whileStarting ? [0, STARTING_MS] : working;
    await prepare?.();
    await pause(earliest + random.next() * (latest - earliest), signal);
    const victim = pid();
    if (victim === undefined || signal.aborted) continue;
    const spent = cpuMs(victim, true);
    const lookedAt = now();
    await pause(LOOKED_AT_MS, signal);
    if (pid() !== victim || signal.aborted) continue;
    const busy = (cpuMs(victim, true) - spent) / (now() - lookedAt);
    // What it has others do for it ends with it at times, and at times a moment later by itself.
    const withIt = random.next() < 0.5 ? childrenOf(victim) : [];
    kills.push({ ready: isReady(), busy, at: now() });
    for (const one of [victim, ...withIt]) kill(one);
    await until(() => pid() !== victim, READY_WITHIN_MS, signal);
    // What the watch knew was about the one that is gone.
    watch.forget(worker);
    options.onKill(kills.length);
  }
  recovered = await ready();
  const last = kills.at(-1);
  if (last !== undefined && recovered) last.backMs = now() - last.at;
  return { worker, from, to: now(), kills, recovered: recovered && kills.length === options.kills };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function until(condition: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline || signal.aborted) return false;
    await delay(POLL_MS);
  }
  return true;
}
