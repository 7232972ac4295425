/** Puts the SQLite event bus together from its log, its publish queue and its consumer groups. */
import { type Clock, type DeliveredEvent, systemClock } from '@marquee/domain';
import { type Logger, MarqueeError, READY, silentLogger } from '@marquee/service-kit';
import { PositionWaiters } from '../delivery/position-waiters.ts';
import {
  type ConsumerOptions,
  type EventBus,
  MAX_PUBLISH_BATCH,
  type PublishAck,
  type Subscription,
} from '../index.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { EventLog } from './event-log.ts';
import { PositionKeeper } from './position-keeper.ts';
import { PublishQueue } from './publish-queue.ts';

export interface SqliteEventBusOptions {
  /** Path of the log; its folder must exist. One process at a time. */
  readonly file: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Events accepted and not yet committed, at least MAX_PUBLISH_BATCH. Default 50,000. */
  readonly maxInFlight?: number;
  /** Wait before the first retry of a failed batch; doubles up to `maxRetryMs`. Defaults 100 and 30,000. */
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
}

interface Running {
  readonly log: EventLog;
  readonly queue: PublishQueue;
  readonly positions: PositionKeeper;
}

/** `start()` throws MarqueeError DATA_CORRUPT or DATA_DIRECTORY_UNUSABLE naming the file. */
export function createSqliteEventBus(options: SqliteEventBusOptions): EventBus {
  const { file, clock = systemClock, logger = silentLogger } = options;
  /** By name; those that start at a place of their own are each a group of one. */
  const groups = new Map<string, ConsumerGroup>();
  const alone = new Set<ConsumerGroup>();
  const progress = new Map<string, PositionWaiters>();
  let running: Running | undefined;

  function current(): Running {
    if (running === undefined)
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the event bus is not running');
    return running;
  }

  function progressOf(name: string): PositionWaiters {
    let waiters = progress.get(name);
    if (waiters === undefined) {
      waiters = new PositionWaiters();
      progress.set(name, waiters);
    }
    return waiters;
  }

  function newGroup(name: string): ConsumerGroup {
    return new ConsumerGroup({
      name,
      log: () => current().log,
      clock,
      logger,
      firstRetryMs: options.firstRetryMs ?? 100,
      maxRetryMs: options.maxRetryMs ?? 30_000,
      onPosition: (consumer, position) => {
        running?.positions.moved(consumer, position);
        progressOf(consumer).reached(position);
      },
    });
  }

  function groupOf(consumer: ConsumerOptions): ConsumerGroup {
    if (consumer.startAfter !== undefined) {
      const group = newGroup(consumer.name);
      alone.add(group);
      return group;
    }
    const group = groups.get(consumer.name) ?? newGroup(consumer.name);
    groups.set(consumer.name, group);
    return group;
  }

  const allGroups = () => [...groups.values(), ...alone];

  function subscriptionOf(consumer: ConsumerOptions): Subscription {
    if (consumer.partitions?.includes(0) === false) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: 'the log has partition 0 only',
        field: 'partitions',
      });
    }
    const group = groupOf(consumer);
    return {
      name: `consumer ${consumer.name}`,
      start: () => group.join(consumer),
      async stop() {
        await group.leave(consumer);
        alone.delete(group);
      },
      readiness: () => group.readiness(),
      get position() {
        return group.position;
      },
      settled: (at, timeoutMs) => group.settled(at.sequence, timeoutMs),
      reached: () => group.position,
      lag: async () => group.lag(consumer),
    };
  }

  return {
    name: 'event-bus',
    // One process reads the log with one cursor a consumer: dividing it would gain nothing.
    partitions: 1,

    async start() {
      if (running !== undefined) return;
      const log = await EventLog.open(file);
      running = {
        log,
        queue: new PublishQueue({
          log,
          maxInFlight: options.maxInFlight ?? 50_000,
          onAppended: () => {
            for (const group of allGroups()) group.notify();
          },
        }),
        positions: new PositionKeeper(log, logger),
      };
    },

    async stop() {
      if (running === undefined) return;
      const { log, queue, positions } = running;
      await Promise.all(allGroups().map((group) => group.disband()));
      alone.clear();
      running = undefined;
      await queue.idle();
      await positions.write();
      await log.close();
    },

    readiness() {
      if (running === undefined) return { ready: false, detail: 'not running' };
      const { failure } = running.queue;
      return failure === undefined ? READY : { ready: false, detail: `cannot write: ${failure}` };
    },

    async publish(events): Promise<readonly PublishAck[]> {
      if (events.length > MAX_PUBLISH_BATCH) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: `at most ${MAX_PUBLISH_BATCH} events in one publish, not ${events.length}`,
          field: 'events',
        });
      }
      const { queue } = current();
      return events.length === 0 ? [] : queue.publish(events);
    },

    subscribe: subscriptionOf,

    progressOf: (consumer) => ({
      name: `progress of ${consumer}`,
      start: async () => undefined,
      stop: async () => undefined,
      readiness: () => READY,
      settled: (at, timeoutMs) => progressOf(consumer).waitFor(at.sequence, timeoutMs),
      reached: () => progressOf(consumer).position,
    }),

    replay({ afterSequence = 0, types, batchSize = 1_000 } = {}) {
      const { log } = current();
      return replayLog(log, { after: afterSequence, upTo: log.lastSequence, types, limit: batchSize });
    },

    lastSequence: async () => current().log.lastSequence,
    deadLetters: async ({ limit }) => current().log.deadLetters(limit),
    purgeProfile: async (profileId, options) => current().log.purge(profileId, options?.beforeSequence),
  };
}

async function* replayLog(
  log: EventLog,
  range: Parameters<EventLog['read']>[0],
): AsyncGenerator<readonly DeliveredEvent[]> {
  let { after } = range;
  while (after < range.upTo) {
    const { events, complete } = await log.read({ ...range, after });
    if (events.length > 0) yield events;
    if (complete) return;
    after = events.at(-1)!.sequence;
  }
}
