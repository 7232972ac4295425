/**
 * The worker that keeps feature values in step with the log: for every partition it owns it subscribes where the
 * store's own checkpoint ends and hands batches to a materialiser. One worker of an installation, the leader, also
 * refreshes the ranked lists from time to time.
 */
import type { Clock, TitleId } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createMaterialiser,
  createServedSums,
  MATERIALISER_CONSUMER,
  type MaterialiserOptions,
} from '@marquee/features';
import { type Logger, MarqueeError, type Metrics, type Readiness } from '@marquee/service-kit';
import { createPartitionConsumer, type PartitionConsumer } from './partition-consumer.ts';
import { createRefresher } from './refresher.ts';

export interface FeatureMaterializerDeps {
  readonly bus: EventBus;
  /** Started before this worker. */
  readonly store: KeyValueStore;
  /** Filled before this worker starts: plays of unknown titles teach nothing. */
  readonly titles: MaterialiserOptions['titles'];
  /**
   * Brings titles into `titles` that are missing there, called with those of every batch before it is folded: news of a
   * title and the first plays of it come on different ways, and the plays may be faster. Absent where they cannot be.
   */
  loadTitles?(ids: readonly TitleId[]): Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface FeatureMaterializerOptions {
  /**
   * `all` (default): the only worker of its installation, owns every partition while it runs. `assigned`: owns what
   * `own` gives it, so that several workers share the log.
   */
  readonly partitions?: 'all' | 'assigned';
  /** Whether this worker refreshes the lists when it is time. Default: always. */
  readonly leads?: () => boolean;
  /** Between two refreshes of the ranked lists. Default 3 minutes; 0: only at start and on demand. */
  readonly refreshEveryMs?: number;
  /** Events per batch at most. Default 10,000: work is paced, so size costs no latency and saves writes. */
  readonly batchSize?: number;
}

/** A subscription, so that a mutation can wait until its event is reflected (see `createFreshness`). */
export interface FeatureMaterializer extends Subscription {
  /** Partitions this worker works on now. */
  readonly owned: readonly number[];
  /**
   * Begins to work on a partition, from the store's checkpoint. Harmless for one that is owned. Should another worker
   * still write it, none of the two does harm: a write counts only from the checkpoint it began at.
   * @throws MarqueeError BAD_USER_INPUT for a partition that the log has not, and what the store and the bus throw;
   *   the partition is not owned then.
   */
  own(partition: number): Promise<void>;
  /** Resolves when nothing of the partition is written any more. */
  disown(partition: number): Promise<void>;
  /** Recomputes the ranked lists from what has been applied; resolves when a run that began after the call is done. */
  refreshLists(): Promise<void>;
}

const NAME = 'feature-materializer';
/** Decoded values kept between batches, shared out among the partitions. */
const KEEP_PROFILES = 2_000;
const KEEP_ROWS = 50_000;

export function createFeatureMaterializer(
  deps: FeatureMaterializerDeps,
  options: FeatureMaterializerOptions = {},
): FeatureMaterializer {
  const { bus, store, titles, clock, logger } = deps;
  const { partitions } = bus;
  const consumers = new Map<number, PartitionConsumer>();
  /** Ownership changes one after another. */
  let changes: Promise<unknown> = Promise.resolve();
  let started = false;
  /** One for all partitions: what several of them touch is added up once. */
  const sums = partitions === 1 ? undefined : createServedSums({ store, partitions, logger });
  const makeMaterialiser = (partition: number) =>
    createMaterialiser({
      store,
      titles,
      ...(sums === undefined ? {} : { sums }),
      partition,
      partitions,
      onTooLate: (events) =>
        deps.metrics?.count('marquee_events_too_late_total', { consumer: MATERIALISER_CONSUMER }, events),
      keepProfiles: Math.ceil(KEEP_PROFILES / partitions),
      keepRows: Math.ceil(KEEP_ROWS / partitions),
    });
  const lists = makeMaterialiser(0);
  const refresher = createRefresher({
    run: () => lists.refreshLists(clock.now()),
    isDue: options.leads ?? (() => true),
    everyMs: options.refreshEveryMs ?? 180_000,
    logger,
  });

  function inTurn(change: () => Promise<void>): Promise<void> {
    const done = changes.then(change);
    changes = done.catch(() => undefined);
    return done;
  }

  async function own(partition: number): Promise<void> {
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `the log has partitions 0 to ${partitions - 1}, not ${partition}`,
        field: 'partition',
      });
    }
    if (consumers.has(partition)) return;
    const consumer = createPartitionConsumer({
      bus,
      materialiser: makeMaterialiser(partition),
      partition,
      batchSize: options.batchSize ?? 10_000,
      ...(deps.loadTitles === undefined ? {} : { loadTitles: deps.loadTitles }),
      logger,
    });
    await consumer.start();
    consumers.set(partition, consumer);
  }

  async function disown(partition: number): Promise<void> {
    const consumer = consumers.get(partition);
    consumers.delete(partition);
    await consumer?.stop();
  }

  const disownAll = async (): Promise<void> => {
    await Promise.all([...consumers.keys()].map(disown));
  };

  return {
    name: NAME,
    async start() {
      if (started) return;
      if (options.partitions !== 'assigned') {
        await inTurn(async () => {
          try {
            for (let partition = 0; partition < partitions; partition++) await own(partition);
          } catch (error) {
            await disownAll();
            throw error;
          }
        });
      }
      started = true;
      // Lists that cannot be computed now are no reason not to start: readiness says so, the next run tries again.
      await refresher.start();
    },
    async stop() {
      await refresher.stop();
      await inTurn(disownAll);
      await sums?.stop();
      started = false;
    },
    readiness(): Readiness {
      if (!started) return { ready: false, detail: 'not started' };
      const states = [...consumers.values()].map((consumer) => consumer.readiness());
      const notReady = states.find((state) => !state.ready);
      if (notReady !== undefined) return notReady;
      if (refresher.failure !== undefined) {
        return { ready: true, detail: `ranked lists are out of date: ${refresher.failure}` };
      }
      if (sums?.failure !== undefined) {
        return { ready: true, detail: `sums of counts are out of date: ${sums.failure}` };
      }
      return states.find((state) => state.detail !== undefined) ?? { ready: true };
    },
    get owned() {
      return [...consumers.keys()].sort((a, b) => a - b);
    },
    own: (partition) => inTurn(() => own(partition)),
    disown: (partition) => inTurn(() => disown(partition)),
    get position() {
      // What every partition has reached: the others say nothing about it.
      return consumers.size === 0 ? 0 : Math.min(...[...consumers.values()].map(({ position }) => position));
    },
    async settled(at, timeoutMs) {
      return (await consumers.get(at.partition)?.settled(at, timeoutMs)) ?? false;
    },
    reached: (partition) => consumers.get(partition)?.position ?? 0,
    async lag() {
      const lags = await Promise.all([...consumers.values()].map((consumer) => consumer.lag()));
      return lags.reduce((sum, lag) => sum + lag, 0);
    },
    refreshLists: () => refresher.refresh(),
  };
}
