/**
 * A consumer that keeps its own position per partition, with its effects: one subscription for every partition it owns. Each learns
 * where to start only when it starts, so a partition can move from one process to another without anything being handled twice
 * or left out.
 */
import { setTimeout } from 'node:timers/promises';
import type { DeliveredEvent, EventType } from '@marquee/domain';
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import type { EventBus, Subscription } from './index.ts';

export interface PartitionedConsumerDeps {
  readonly bus: EventBus;
  readonly logger: Logger;
}

export interface PartitionedConsumerOptions {
  /** Durable name; see `ConsumerOptions`. */
  readonly name: string;
  readonly types?: readonly EventType[];
  readonly batchSize?: number;
  /**
   * `all`: the only one of its installation, owns every partition while it runs. `assigned`: owns what `own` gives it, so
   * that several share the log.
   */
  readonly partitions: 'all' | 'assigned';
  /** Called before a partition is read: up to where it is handled. */
  begin(partition: number): Promise<number>;
  handle(batch: readonly DeliveredEvent[], partition: number): Promise<void>;
  /** Called when a partition is given up, before the batch in hand is waited for: what takes long may be cut short. */
  ending?(partition: number): void;
  /** Called when nothing more of a partition will be handled. */
  end?(partition: number): Promise<void>;
}

export interface PartitionedConsumer extends Subscription {
  /** Partitions that are worked on now. */
  readonly owned: readonly number[];
  /**
   * Begins to work on a partition, from where it is handled up to. Harmless for one that is owned.
   * @throws MarqueeError BAD_USER_INPUT for a partition that the log has not, and what `begin` and the bus throw; the
   *   partition is not owned then.
   */
  own(partition: number): Promise<void>;
  /** Resolves when the batch in hand is handled and nothing more of the partition will be. */
  disown(partition: number): Promise<void>;
}

export function createPartitionedConsumer(
  { bus, logger }: PartitionedConsumerDeps,
  options: PartitionedConsumerOptions,
): PartitionedConsumer {
  const { name } = options;
  const subscriptions = new Map<number, Subscription>();
  /** Who waits for a partition that is not owned yet. */
  const awaited = new Map<number, PromiseWithResolvers<Subscription>>();
  /** Ownership changes one after another. */
  let changes: Promise<unknown> = Promise.resolve();
  let started = false;

  function inTurn(change: () => Promise<void>): Promise<void> {
    const done = changes.then(change);
    changes = done.catch(() => undefined);
    return done;
  }

  async function own(partition: number): Promise<void> {
    if (!Number.isInteger(partition) || partition < 0 || partition >= bus.partitions) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `the log has partitions 0 to ${bus.partitions - 1}, not ${partition}`,
        field: 'partition',
      });
    }
    if (subscriptions.has(partition)) return;
    const startAfter = await options.begin(partition);
    const subscription = bus.subscribe({
      name,
      partitions: [partition],
      startAfter,
      ...(options.types !== undefined && { types: options.types }),
      ...(options.batchSize !== undefined && { batchSize: options.batchSize }),
      handle: (batch) => options.handle(batch, partition),
    });
    try {
      await subscription.start();
    } catch (error) {
      await options.end?.(partition);
      throw error;
    }
    subscriptions.set(partition, subscription);
    awaited.get(partition)?.resolve(subscription);
    awaited.delete(partition);
    logger.debug({ consumer: name, partition, startAfter }, 'working on a partition');
  }

  async function disown(partition: number): Promise<void> {
    const subscription = subscriptions.get(partition);
    if (subscription === undefined) return;
    subscriptions.delete(partition);
    options.ending?.(partition);
    try {
      await subscription.stop();
    } finally {
      await options.end?.(partition);
    }
  }

  const disownAll = async (): Promise<void> => {
    await Promise.all([...subscriptions.keys()].map(disown));
  };

  /** The partition's subscription, or undefined when it is not owned before the time is over. */
  async function subscriptionOf(partition: number, timeoutMs: number): Promise<Subscription | undefined> {
    const present = subscriptions.get(partition);
    if (present !== undefined) return present;
    const coming = awaited.get(partition) ?? Promise.withResolvers<Subscription>();
    awaited.set(partition, coming);
    const cancel = new AbortController();
    const timer = setTimeout(timeoutMs, undefined, { signal: cancel.signal }).catch(() => undefined);
    try {
      return await Promise.race([coming.promise, timer]);
    } finally {
      cancel.abort();
    }
  }

  return {
    name,
    async start() {
      if (started) return;
      started = true;
      if (options.partitions === 'assigned') return;
      await inTurn(async () => {
        try {
          for (let partition = 0; partition < bus.partitions; partition++) await own(partition);
        } catch (error) {
          started = false;
          await disownAll();
          throw error;
        }
      });
    },
    async stop() {
      await inTurn(disownAll);
      started = false;
    },
    readiness(): Readiness {
      if (!started) return { ready: false, detail: 'not started' };
      const states = [...subscriptions.values()].map((subscription) => subscription.readiness());
      return states.find((state) => !state.ready) ?? states.find((state) => state.detail) ?? READY;
    },
    get owned() {
      return [...subscriptions.keys()].sort((a, b) => a - b);
    },
    own: (partition) => inTurn(() => own(partition)),
    disown: (partition) => inTurn(() => disown(partition)),
    get position() {
      // What every partition has reached: the others say nothing about it.
      const positions = [...subscriptions.values()].map(({ position }) => position);
      return positions.length === 0 ? 0 : Math.min(...positions);
    },
    async settled(at, timeoutMs) {
      const startedAt = performance.now();
      const subscription = await subscriptionOf(at.partition, timeoutMs);
      if (subscription === undefined) return false;
      return subscription.settled(at, Math.max(0, timeoutMs - (performance.now() - startedAt)));
    },
    reached: (partition) => subscriptions.get(partition)?.position ?? 0,
    async lag() {
      if (!started) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${name} has not been started`);
      const lags = await Promise.all([...subscriptions.values()].map((subscription) => subscription.lag()));
      return lags.reduce((sum, lag) => sum + lag, 0);
    },
  };
}
