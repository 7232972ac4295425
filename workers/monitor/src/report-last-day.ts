/** A report on the last day from what serves: made in a process that serves nobody, for it is work of seconds to minutes. */
import { type Clock, DAY_MS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import type { KeyValueStore } from '@marquee/feature-store';
import { isMarqueeError } from '@marquee/service-kit';
import { type DailyReport, makeDailyReport } from './make-daily-report.ts';
import { type MonitoredWorldDeps, readMonitoredWorld } from './monitored-world.ts';

export interface LastDayDeps extends MonitoredWorldDeps {
  readonly clock: Clock;
  /** What was committed by now. @throws MarqueeError NOT_FOUND before there is a lake */
  openLake(): Promise<LakeReader>;
  /** Private and empty, for the replay. */
  makeReplayStore(): KeyValueStore;
}

export interface LastDayOptions {
  readonly referenceDays?: number;
  /** Rows that are made again. */
  readonly parityRows?: number;
}

/** @returns what `createMonitor` needs */
export function lastDayReporter(
  deps: LastDayDeps,
  { referenceDays = 7, parityRows = 300 }: LastDayOptions = {},
): (signal: AbortSignal) => Promise<DailyReport | undefined> {
  return async (signal) => {
    let reader: LakeReader;
    try {
      reader = await deps.openLake();
    } catch (error) {
      // A new installation has none yet.
      if (isMarqueeError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
    try {
      const world = await readMonitoredWorld(deps);
      const to = deps.clock.now();
      return await makeDailyReport({
        ...world,
        reader,
        window: { from: to - DAY_MS, to, referenceDays },
        makeStore: deps.makeReplayStore,
        parityRows,
        parityFrom: world.servedSince,
        signal,
      });
    } finally {
      await reader.close();
    }
  };
}
