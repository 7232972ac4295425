/**
 * Writes every event of the log to the lake. Positions live with the rows, in the lake's commits: what is buffered when the process
 * ends is read from the log again, so an event is never acknowledged before it is durable, and never written twice.
 */
import {
  createPartitionedConsumer,
  type EventBus,
  type PartitionedConsumer,
  type PartitionedConsumerOptions,
} from '@marquee/event-bus';
import type { EventLake } from '@marquee/event-lake';
import { isMarqueeError, type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';

export const LAKE_WRITER = 'lake-writer';

const BATCH_SIZE = 2_000;

export interface LakeWriterDeps {
  readonly bus: EventBus;
  /** Started before the writer and stopped after it. */
  readonly lake: EventLake;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export type LakeWriter = PartitionedConsumer;

/** @param options.partitions default `all` */
export function createLakeWriter(
  { bus, lake, logger, metrics }: LakeWriterDeps,
  options: Partial<Pick<PartitionedConsumerOptions, 'partitions'>> = {},
): LakeWriter {
  metrics?.onCollect(() => {
    const { files, erasures } = lake.damage();
    metrics.set('marquee_lake_unreadable_files', files);
    metrics.set('marquee_lake_waiting_erasures', erasures);
  });
  return createPartitionedConsumer(
    { bus, logger },
    {
      name: LAKE_WRITER,
      partitions: options.partitions ?? 'all',
      batchSize: BATCH_SIZE,
      async begin(partition) {
        await lake.open(partition);
        return lake.position(partition);
      },
      async handle(batch, partition) {
        const tooLate = await lake.append(partition, batch).catch((error: unknown) => {
          throw blameless(error);
        });
        if (tooLate > 0) metrics?.count('marquee_events_too_late_total', { consumer: LAKE_WRITER }, tooLate);
      },
      ending: (partition) => lake.hasten(partition),
      end: (partition) => lake.close(partition),
    },
  );
}

/** Somebody else has written the partition, as after a pause in which it was taken over: nothing that the events have done. */
function blameless(error: unknown): unknown {
  if (!isMarqueeError(error, 'CONFLICT')) return error;
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: error.message, cause: error });
}
