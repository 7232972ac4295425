/** How much of what the lake holds the last training did not know. */
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { openLake } from '@marquee/event-lake';
import { isMarqueeError } from '@marquee/service-kit';
import type { TrainingRun } from './runs/training-run.ts';

const LAKE_MEMORY_MEGABYTES = 128;

export interface NewWatchesOptions {
  readonly request: { readonly lakeFolder: string };
  /** Before there was a training: what serves knows what was received until then, epoch milliseconds. Default: it knows nothing. */
  readonly since?: number;
}

/** @param finished the last that ran to its end. @returns qualified watches; 0 where there is no lake yet */
export async function newWatches(
  { request, since }: NewWatchesOptions,
  finished: TrainingRun | undefined,
): Promise<number> {
  const known = Object.entries(finished?.result?.lake ?? {}).map(
    ([partition, sequence]) => `(log_partition = ${Number(partition)} AND sequence <= ${Number(sequence)})`,
  );
  const receivedAfter = finished === undefined ? since : undefined;
  try {
    const reader = await openLake({ folder: request.lakeFolder, memoryMegabytes: LAKE_MEMORY_MEGABYTES });
    try {
      const [row] = await reader.query(
        `SELECT count(*)::INTEGER AS n FROM events
         WHERE type = 'PLAY_STOP' AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
         ${receivedAfter === undefined ? '' : `AND epoch_ms(received_at) > ${Number(receivedAfter)}`}
         ${known.length === 0 ? '' : `AND NOT (${known.join(' OR ')})`}`,
      );
      return Number(row?.n ?? 0);
    } finally {
      await reader.close();
    }
  } catch (error) {
    // Nothing has been written to it yet.
    if (isMarqueeError(error, 'NOT_FOUND')) return 0;
    throw error;
  }
}
