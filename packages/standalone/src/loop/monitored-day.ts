/** What the monitor says of a day of the loop: the report that an installation gets, over the day's slates. */

import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import { openLake } from '@marquee/event-lake';
import { type DailyReport, makeDailyReport } from '@marquee/monitor';
import { createLogger } from '@marquee/service-kit';
import { createRowMaker } from '@marquee/training-sets';
import { LAKE_FOLDER } from '../deps.ts';
import { openWorldForTraining } from '../training-sets/open-world-for-training.ts';

const PARITY_ROWS = 300;
const LAKE_MEMORY_MEGABYTES = 256;

export interface MonitoredDay {
  readonly status: DailyReport['status'];
  /** Findings that alert. */
  readonly alerts: readonly { readonly check: string; readonly detail: string }[];
}

/** @param folder the world's, with everything of the day in its lake. @param from the day's beginning, epoch milliseconds */
export async function monitorDay(
  folder: string,
  from: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<MonitoredDay> {
  const world = await openWorldForTraining(folder, createLogger({ service: 'loop', level: 'error' }));
  const reader = await openLake({
    folder: join(folder, LAKE_FOLDER),
    memoryMegabytes: LAKE_MEMORY_MEGABYTES,
  });
  try {
    const { status, findings } = await makeDailyReport({
      ...{ ...world, reader, signal, parityRows: PARITY_ROWS },
      window: { from, to: clock.now(), referenceDays: 7 },
      rowMaker: createRowMaker({ ...world, signals: await world.servedWith() }),
    });
    const alerts = findings.filter((finding) => finding.status === 'alert');
    return { status, alerts: alerts.map(({ check, detail }) => ({ check, detail })) };
  } finally {
    await reader.close();
  }
}
