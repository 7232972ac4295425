/** What people watched, as the lake has it, and where its examination begins. */
import { join } from 'node:path';
import { createPlaces, openLake, replayLake, requireWhole } from '@marquee/event-lake';
import { collectWatches, type WatchLog, watchesBefore } from '@marquee/training';
import type { TrainingRequest, TrainingResult } from '../runs/training-run.ts';

/** Of the watches, the latest, that are not learned from. */
const HELD_SHARE = 0.1;

/** @throws MarqueeError NOT_FOUND without a lake, DATA_CORRUPT naming its damaged files */
export async function readWatches(
  request: Pick<TrainingRequest, 'lakeFolder' | 'lakeMemoryMegabytes' | 'now'>,
  work: string,
): Promise<{ readonly watches: WatchLog; readonly lake: TrainingResult['lake'] }> {
  const reader = await openLake({
    folder: request.lakeFolder,
    memoryMegabytes: request.lakeMemoryMegabytes,
    spillFolder: join(work, 'spill'),
  });
  try {
    await requireWhole(reader);
    await createPlaces(reader);
    const all = await collectWatches((selection) => replayLake(reader, selection));
    // Clocks of devices that go ahead are nobody's future.
    const watches = watchesBefore(all, request.now + 1);
    const lake = Object.fromEntries([...reader.positions].map(([partition, at]) => [String(partition), at]));
    return { watches, lake };
  } finally {
    await reader.close();
  }
}

/** Watches from here on are the examination, by their number alone. */
export function splitInstant(watches: WatchLog): number {
  const instants = Float64Array.from(watches.values().flatMap((own) => own.map(({ at }) => at))).sort();
  return instants[Math.floor(instants.length * (1 - HELD_SHARE))] ?? 0;
}

export function countWatches(watches: WatchLog): number {
  return watches.values().reduce((sum, own) => sum + own.length, 0);
}

export function windowOf(past: WatchLog, now: number): TrainingResult['window'] {
  let from = now;
  let to = 0;
  for (const own of past.values()) {
    for (const { at } of own) {
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  return { from: new Date(from).toISOString(), to: new Date(Math.max(from, to)).toISOString() };
}
