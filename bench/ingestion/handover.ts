/**
 * A consumer goes while events come: how long its partitions have nobody who works on them. A partition without owner
 * shows as events of it that are fresh late, the first of them by as long as the gap was.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Load, publishAtRate } from './publisher.ts';
import type { WorkerProcess } from './worker-processes.ts';

export interface Handover {
  readonly how: string;
  /** Slowest event published after the signal, of each partition, in order of size. */
  readonly slowestMs: readonly number[];
  /** Slowest before it, of all partitions. */
  readonly beforeMs: number;
  readonly rate: number;
}

const BEFORE_MS = 2_000;
const AFTER_MS = 8_000;

/** @param change what happens to the consumers, and when it is over. */
export async function measureHandover(
  load: Load,
  options: { how: string; rate: number; change: () => Promise<void> },
): Promise<Handover> {
  const { how, rate, change } = options;
  const { probe, ledger } = load;
  await probe.settled();
  probe.take();
  const publishing = publishAtRate(load, { rate, seconds: (BEFORE_MS + AFTER_MS) / 1_000, follow: 1 });
  await delay(BEFORE_MS);
  const changedAt = performance.now();
  await change();
  await publishing;
  if (!(await ledger.handled(probe.isHandled, 60_000)))
    throw new Error(`after ${how}, events were not handled`);
  await probe.settled();
  const slowest = new Map<number, number>();
  let beforeMs = 0;
  for (const { acknowledgedAt, partition, visible } of probe.take()) {
    // What was acknowledged just before may have been in the victim's hands.
    if (acknowledgedAt + 200 < changedAt) beforeMs = Math.max(beforeMs, visible);
    else slowest.set(partition, Math.max(slowest.get(partition) ?? 0, visible));
  }
  return { how, rate, beforeMs, slowestMs: [...slowest.values()].sort((a, b) => b - a) };
}

export function oneOf(workers: readonly WorkerProcess[]): WorkerProcess {
  const found = workers.find(({ part, alive }) => part === 'feature-materializer' && alive);
  if (found === undefined) throw new Error('there is no consumer to stop');
  return found;
}
