/** Kills one process again and again, at moments that a seed draws: half of them while it starts, half while it works. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@marquee/domain';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import type { ReadinessWatch } from '../faults/readiness-watch.ts';

export interface Kill {
  /** Whether it had said that it was ready; else it was still starting. */
  readonly ready: boolean;
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
  readonly now: () => number;
  readonly onKill: (done: number) => void;
  readonly signal: AbortSignal;
}

/** After its process began, longer than it takes to start on a quiet machine; and after it became ready. */
const STARTING_MS = 1_500;
const WORKING_MS = 2_500;
const READY_WITHIN_MS = 90_000;
const POLL_MS = 10;

export async function killMany(options: KillManyOptions): Promise<KillSeries> {
  const { platform, watch, worker, random, now, signal } = options;
  const from = now();
  const kills: (Kill & { at: number })[] = [];
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
    await delay(random.next() * (whileStarting ? STARTING_MS : WORKING_MS), undefined, { signal }).catch(
      () => undefined,
    );
    const victim = pid();
    if (victim === undefined || signal.aborted) continue;
    kills.push({ ready: isReady(), at: now() });
    process.kill(victim, 'SIGKILL');
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

async function until(condition: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline || signal.aborted) return false;
    await delay(POLL_MS);
  }
  return true;
}
