/** Puts the JetStream event bus together: connection, streams, the way in, and the consumers. */
import { NatsLink, type NatsServerOptions } from '@marquee/coordination/nats-connection';
import { LinkedLeases } from '@marquee/coordination/nats-jetstream';
import { type Clock, type DeliveredEvent, systemClock } from '@marquee/domain';
import { type Logger, MarqueeError, READY, silentLogger } from '@marquee/service-kit';
import {
  type ConsumerOptions,
  type EventBus,
  MAX_PUBLISH_BATCH,
  type PublishAck,
  type Subscription,
} from '../index.ts';
import { AcknowledgedPublisher } from './acknowledged-publisher.ts';
import { ConsumerGroup, type GroupParts } from './consumer-group.ts';
import { DeadLetters } from './dead-letters.ts';
import { eraseProfile } from './erasure.ts';
import { EventStream } from './event-stream.ts';
import { LogFollower } from './log-follower.ts';
import { OwnSubscription } from './own-subscription.ts';
import { ProgressBoard } from './progress-board.ts';
import { PublishPath } from './publish-path.ts';
import type { ReadingLoop } from './reading-loop.ts';
import { replay } from './replay.ts';
import { Spool } from './spool.ts';
import { Subjects } from './subjects.ts';

export interface NatsEventBusOptions extends NatsServerOptions {
  /** Prefix of streams, subjects and buckets: 1 to 32 letters, digits, `-` or `_`. Default `marquee`. */
  readonly stream?: string;
  /** Parts that the log is divided into, 1 to 256; fixed once it exists. */
  readonly partitions: number;
  /**
   * Where accepted events wait while NATS is away; its folder is made. One process owns it, and finds in it what it left
   * there when it was killed: so a path of its own for each process that stays the same across its restarts.
   */
  readonly spoolFile: string;
  /** Defaults 1,000,000 and 1 GiB. */
  readonly spoolMaxEvents?: number;
  readonly spoolMaxBytes?: number;
  /** Copies of every event: 3 on a cluster of three. Default 1. */
  readonly replicas?: number;
  /** Events older than that are dropped. Default 0: never. */
  readonly maxAgeMs?: number;
  /** A log of that size takes nothing more. Default -1: no limit but the server's. */
  readonly maxBytes?: number;
  /**
   * For how long the log recognises a repeated event id; costs the server some 100 bytes per event of that time.
   * Consumers recognise older repetitions themselves. Default 120,000.
   */
  readonly duplicateWindowMs?: number;
  /** Default 90 days. */
  readonly deadLetterMaxAgeMs?: number;
  /** Wait for the acknowledgement of one event, after which it goes to the spool. Default 2,000. */
  readonly publishTimeoutMs?: number;
  /** Events accepted and neither acknowledged nor spooled, at least MAX_PUBLISH_BATCH. Default 50,000. */
  readonly maxInFlight?: number;
  /** How long a process that is not heard of keeps its partitions. Default 2,000. */
  readonly leaseTtlMs?: number;
  /** Wait before the first retry of a failed batch; doubles up to `maxRetryMs`. Defaults 100 and 5,000. */
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

interface Running extends GroupParts {
  readonly publisher: AcknowledgedPublisher;
  readonly path: PublishPath;
  readonly spool: Spool;
  readonly follower: LogFollower;
}

const DAY_MS = 86_400_000;

/**
 * `start()` throws MarqueeError CONFIG_INVALID for refused credentials, another number of partitions than the log has and
 * settings that a log cannot be given any more; DEPENDENCY_UNAVAILABLE when no server was there within `startWithinMs`;
 * DATA_CORRUPT or DATA_DIRECTORY_UNUSABLE for the spool.
 *
 * While NATS is away, events go to the spool. One that was on its way to the server just then may be in the log as well;
 * the server recognises it when it is delivered from the spool within `duplicateWindowMs`, and consumers do later.
 *
 * JetStream acknowledges an event before it is on the disk, unless the server runs with `sync_interval: always` or the
 * log has several replicas: one of the two is what makes an acknowledgement survive a power cut.
 */
export function createNatsEventBus(options: NatsEventBusOptions): EventBus {
  const { partitions, clock = systemClock, logger = silentLogger } = options;
  const prefix = options.stream ?? 'marquee';
  checkOptions(prefix, partitions);
  const subjects = new Subjects(prefix, partitions);
  const link = new NatsLink(options, 'event-bus');
  /** By name and partitions. */
  const groups = new Map<string, ConsumerGroup>();
  let running: Running | undefined;
  let starting = false;

  function current(): Running {
    if (running === undefined)
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the event bus is not running');
    return running;
  }

  function groupOf(consumer: ConsumerOptions): ConsumerGroup {
    const key = JSON.stringify([consumer.name, consumer.partitions]);
    const group = groups.get(key) ?? new ConsumerGroup(current(), consumer);
    groups.set(key, group);
    return group;
  }

  function sharedSubscription(consumer: ConsumerOptions): Subscription {
    return {
      name: `consumer ${consumer.name}`,
      start: async () => groupOf(consumer).join(consumer),
      stop: async () => (running === undefined ? undefined : groupOf(consumer).leave(consumer)),
      readiness: () =>
        running === undefined ? { ready: false, detail: 'not started' } : groupOf(consumer).readiness(),
      get position() {
        return running === undefined ? 0 : groupOf(consumer).position;
      },
      settled: (at, timeoutMs) => groupOf(consumer).settled(at.partition, at.sequence, timeoutMs),
      reached: (partition) => running?.board.positionOf(consumer.name, partition) ?? 0,
      lag: async () => groupOf(consumer).lag(),
    };
  }

  async function open(spool: Spool): Promise<Running> {
    const { firstRetryMs = 100, maxRetryMs = 5_000 } = options;
    const leases = new LinkedLeases(link, {
      stream: prefix,
      replicas: options.replicas,
      ...(options.leaseTtlMs === undefined ? {} : { leaseTtlMs: options.leaseTtlMs }),
      logger,
    });
    const limits = {
      replicas: options.replicas ?? 1,
      maxAgeMs: options.maxAgeMs ?? 0,
      maxBytes: options.maxBytes ?? -1,
      duplicateWindowMs: options.duplicateWindowMs ?? 120_000,
      deadLetterMaxAgeMs: options.deadLetterMaxAgeMs ?? 90 * DAY_MS,
    };
    const stream = new EventStream(link, subjects, limits, logger);
    await link.open(async () => {
      await stream.declare();
      await leases.open();
    });
    const publisher = new AcknowledgedPublisher(link, options.publishTimeoutMs ?? 2_000);
    publisher.open();
    const board = new ProgressBoard(link, subjects, logger);
    board.open();
    const loops = new Set<ReadingLoop>();
    const follower = new LogFollower({ link, stream, loops, logger });
    follower.start();
    const maxInFlight = options.maxInFlight ?? 50_000;
    const path = new PublishPath({ link, publisher, spool, subjects, maxInFlight, logger });
    const deadLetters = new DeadLetters(link, subjects, logger);
    const alone = new Set<OwnSubscription>();
    const parts = { link, stream, subjects, leases, board, deadLetters, loops, alone, clock, logger };
    return { ...parts, firstRetryMs, maxRetryMs, publisher, path, spool, follower };
  }

  return {
    name: 'event-bus',
    partitions,

    async start() {
      if (running !== undefined || starting) return;
      starting = true;
      let spool: Spool | undefined;
      try {
        spool = await Spool.open(options.spoolFile, {
          maxEvents: options.spoolMaxEvents ?? 1_000_000,
          maxBytes: options.spoolMaxBytes ?? 1_024 ** 3,
        });
        running = await open(spool);
      } catch (error) {
        await spool?.close();
        throw error;
      } finally {
        starting = false;
      }
    },

    async stop() {
      if (running === undefined) return link.close();
      const { path, leases, follower, publisher, spool, board, alone } = running;
      await Promise.all([
        ...[...groups.values()].map((group) => group.disband()),
        ...[...alone].map((one) => one.stop()),
      ]);
      groups.clear();
      running = undefined;
      follower.stop();
      await leases.close();
      await path.stop();
      publisher.close();
      board.close();
      await spool.close();
      await link.close();
    },

    readiness() {
      if (running === undefined) return link.readiness();
      const away = running.path.readiness();
      return away === READY ? link.readiness() : away;
    },

    async publish(events): Promise<readonly PublishAck[]> {
      if (events.length > MAX_PUBLISH_BATCH) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: `at most ${MAX_PUBLISH_BATCH} events in one publish, not ${events.length}`,
          field: 'events',
        });
      }
      const { path } = current();
      return events.length === 0 ? [] : path.publish(events);
    },

    subscribe(consumer) {
      const unknown = consumer.partitions?.find((partition) => !(partition >= 0 && partition < partitions));
      if (unknown !== undefined) {
        const message = `the log has partitions 0 to ${partitions - 1}, not ${unknown}`;
        throw new MarqueeError('BAD_USER_INPUT', { message, field: 'partitions' });
      }
      const { startAfter } = consumer;
      return startAfter === undefined
        ? sharedSubscription(consumer)
        : new OwnSubscription(current, {
            ...consumer,
            startAfter,
            handle: (batch) => consumer.handle(batch),
          });
    },

    progressOf(consumer) {
      let stopListening: (() => void) | undefined;
      return {
        name: `progress of ${consumer}`,
        async start() {
          stopListening ??= current().board.listen(consumer);
        },
        async stop() {
          stopListening?.();
          stopListening = undefined;
        },
        readiness: () => (stopListening === undefined ? { ready: false, detail: 'not started' } : READY),
        settled: async (at, timeoutMs) =>
          current().board.waitFor(consumer, at.partition, at.sequence, timeoutMs),
        reached: (partition) => running?.board.positionOf(consumer, partition) ?? 0,
        stuck: (partition) => running?.board.isStuck(consumer, partition) ?? false,
      };
    },

    replay(selection = {}): AsyncIterable<readonly DeliveredEvent[]> {
      const { stream } = current();
      return replay({ link, stream, subjects, logger }, selection);
    },

    lastSequence: async () => current().stream.lastSequence(),
    deadLetters: async ({ limit }) => current().deadLetters.list(limit),

    async purgeProfile(profileId, { beforeSequence } = {}) {
      const { stream, deadLetters, path } = current();
      const parts = { link, stream, subjects, logger };
      // First what waits here: it would arrive in the log behind the purge.
      const waiting = beforeSequence === undefined ? await path.purge(profileId) : 0;
      const purged = await eraseProfile(parts, profileId, beforeSequence);
      await deadLetters.purge(profileId, beforeSequence);
      return purged + waiting;
    },
  };
}

function checkOptions(prefix: string, partitions: number): void {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(prefix)) {
    throw new MarqueeError('CONFIG_INVALID', `${JSON.stringify(prefix)} is not a valid prefix of streams`);
  }
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= 256)) {
    throw new MarqueeError('CONFIG_INVALID', `a log has 1 to 256 partitions, not ${partitions}`);
  }
}
