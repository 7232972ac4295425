/**
 * One partition of the log on its way into the store: a materialiser and the subscription that feeds it, from the
 * store's own checkpoint on. When the store turns out to have lost something, reading starts again where it ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveredEvent, TitleId } from '@marquee/domain';
import type { EventBus, LogPosition, Subscription } from '@marquee/event-bus';
import {
  MATERIALISED_TYPES,
  MATERIALISER_CONSUMER,
  type Materialiser,
  StoreWentBack,
} from '@marquee/features';
import { isMarqueeError, type Logger, MarqueeError, type Readiness } from '@marquee/service-kit';

export interface PartitionConsumerOptions {
  readonly bus: EventBus;
  readonly materialiser: Materialiser;
  readonly partition: number;
  readonly batchSize: number;
  /** See `FeatureMaterializerDeps.loadTitles`. */
  readonly loadTitles?: (ids: readonly TitleId[]) => Promise<void>;
  readonly logger: Logger;
}

export interface PartitionConsumer {
  readonly position: number;
  /** @throws what the store and the bus throw; nothing is left running then. */
  start(): Promise<void>;
  /** After the batch in hand. */
  stop(): Promise<void>;
  settled(at: LogPosition, timeoutMs: number): Promise<boolean>;
  lag(): Promise<number>;
  readiness(): Readiness;
}

const RETRY_MS = 1_000;
/**
 * Places in the log (of which this partition has its share) before the checkpoint that are read again at first: some
 * seconds of a busy log. What a killed predecessor applied, but did not add up any more, is added up then.
 */
const READ_AGAIN = 20_000;

export function createPartitionConsumer(options: PartitionConsumerOptions): PartitionConsumer {
  const { bus, materialiser, partition, batchSize, logger } = options;
  const stopping = new AbortController();
  let current: Subscription | undefined;
  let beginningAgain: Promise<void> | undefined;

  async function begin(): Promise<void> {
    const checkpoint = await materialiser.resume();
    // One partition's counts are served as they are written: there is nothing to see to again.
    const startAfter = bus.partitions === 1 ? checkpoint : Math.max(0, checkpoint - READ_AGAIN);
    const subscription = bus.subscribe({
      name: MATERIALISER_CONSUMER,
      types: MATERIALISED_TYPES,
      partitions: [partition],
      startAfter,
      batchSize,
      handle: async (batch) => {
        try {
          await options.loadTitles?.(titlesOf(batch));
          await materialiser.apply(batch);
        } catch (error) {
          if (error instanceof StoreWentBack) {
            // Not waited for: the subscription cannot end before this call has.
            beginningAgain ??= beginAgain(error).finally(() => {
              beginningAgain = undefined;
            });
          }
          throw blameless(error);
        }
      },
    });
    current = subscription;
    try {
      await subscription.start();
    } catch (error) {
      current = undefined;
      throw error;
    }
  }

  async function beginAgain(cause: StoreWentBack): Promise<void> {
    logger.warn({ partition, reason: cause.message }, 'events are read again');
    while (!stopping.signal.aborted) {
      try {
        await current?.stop();
        await begin();
        return;
      } catch (error) {
        logger.error({ partition, err: error }, 'reading could not begin again');
        await delay(RETRY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  return {
    get position() {
      return current?.position ?? 0;
    },
    start: begin,
    async stop() {
      stopping.abort();
      await beginningAgain;
      await current?.stop();
    },
    async settled(at, timeoutMs) {
      return (await current?.settled(at, timeoutMs)) ?? false;
    },
    async lag() {
      return (await current?.lag()) ?? 0;
    },
    readiness() {
      if (beginningAgain !== undefined || current === undefined) {
        return { ready: true, detail: `partition ${partition} is being read again` };
      }
      return current.readiness();
    },
  };
}

function titlesOf(batch: readonly DeliveredEvent[]): readonly TitleId[] {
  const ids = new Set<TitleId>();
  for (const { event } of batch) if ('titleId' in event.payload) ids.add(event.payload.titleId);
  return [...ids];
}

/** What passes by itself must not be held against the events: they are delivered until it has passed. */
function blameless(error: unknown): unknown {
  const passes =
    error instanceof StoreWentBack ||
    isMarqueeError(error, 'CONFLICT') ||
    isMarqueeError(error, 'DEADLINE_EXCEEDED');
  return passes
    ? new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: error.message, cause: error })
    : error;
}
