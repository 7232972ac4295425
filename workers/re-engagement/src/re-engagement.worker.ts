/**
 * Follows who comes, and now and then asks for a digest for those who have stopped. The request is an event like any other:
 * a sender consumes it from the log, and so does this worker, whose caps are counted from what the log has. The event's id
 * says which digest of which absence it is, so a round that is repeated after a crash asks for nothing twice.
 */
import { createHash } from 'node:crypto';
import {
  type Clock,
  DAY_MS,
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  type EventOf,
  type ProfileId,
  partitionOf,
} from '@marquee/domain';
import {
  createPartitionedConsumer,
  type EventBus,
  type PartitionedConsumer,
  type PartitionedConsumerOptions,
} from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import { profileStateView, type TitleTable } from '@marquee/features';
import { isMarqueeError, type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import {
  DEFAULT_POLICY,
  ENGAGEMENT_TYPES,
  type Engagement,
  engagementView,
  foldEngagement,
  isDue,
  type LapsePolicy,
  NEW_PROFILE,
} from './engagement.ts';
import { type DigestItem, makeDigest, OBJECTIVE } from './make-digest.ts';

export const RE_ENGAGEMENT = 're-engagement';

const BATCH_SIZE = 2_000;
const PUBLISHED_AT_ONCE = 100;
/** A digest that was not sent by then is about a page that has changed. */
const GOOD_FOR_MS = 3 * DAY_MS;
/** A partition that takes longer waits for the next round. */
const CAUGHT_UP_MS = 5_000;

export interface ReEngagementDeps {
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly titles: Pick<TitleTable, 'get' | 'titlesOfGenre' | 'titlesOfPerson'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface ReEngagementOptions {
  /** Default `all`. */
  readonly partitions?: PartitionedConsumerOptions['partitions'];
  readonly policy?: LapsePolicy;
  /** Between two rounds. Default an hour. */
  readonly everyMs?: number;
  /** Digests of a round at most; the others wait for the next. Default 1,000. */
  readonly perRound?: number;
}

export interface ReEngagement extends PartitionedConsumer {
  /** Asks for the digests that are due now, of the partitions that are owned. @returns how many were asked for */
  round(): Promise<number>;
}

export function createReEngagement(deps: ReEngagementDeps, options: ReEngagementOptions = {}): ReEngagement {
  const { bus, store, titles, clock, logger, metrics } = deps;
  const { partitions = 'all', policy = DEFAULT_POLICY, everyMs = 3_600_000, perRound = 1_000 } = options;
  const positions = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let going: Promise<number> | undefined;
  let stopping = false;

  const consumer = createPartitionedConsumer(
    { bus, logger },
    {
      name: RE_ENGAGEMENT,
      types: ENGAGEMENT_TYPES,
      partitions,
      batchSize: BATCH_SIZE,
      async begin(partition) {
        const position = await store.checkpoint(RE_ENGAGEMENT, partition);
        positions.set(partition, position);
        return position;
      },
      handle: fold,
      async end(partition) {
        positions.delete(partition);
      },
    },
  );

  /**
   * By the store's own checkpoint: a write that was done although nobody could say so in time refuses the next one, and is not
   * repeated. Whoever has taken the partition over meanwhile is not overtaken either.
   */
  async function fold(batch: readonly DeliveredEvent[], partition: number): Promise<void> {
    try {
      await foldFresh(batch, partition);
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT')) throw error;
      const [before, now] = [positions.get(partition) ?? 0, await store.checkpoint(RE_ENGAGEMENT, partition)];
      if (now < before)
        logger.warn({ partition, before, now }, 'the store has lost visits: they are not counted again');
      positions.set(partition, now);
      // Once more at once; what keeps on failing is nothing that the events have done.
      await foldFresh(batch, partition).catch((again: unknown) => {
        if (!isMarqueeError(again, 'CONFLICT')) throw again;
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: again.message, cause: again });
      });
    }
  }

  async function foldFresh(batch: readonly DeliveredEvent[], partition: number): Promise<void> {
    const expected = positions.get(partition);
    const fresh = batch.filter(({ sequence }) => sequence > (expected ?? 0));
    if (fresh.length === 0) return;
    const ids = [...new Set(fresh.map(({ event }) => event.profileId))];
    const states = await read(ids);
    for (const { event } of fresh) {
      states.set(event.profileId, foldEngagement(states.get(event.profileId) ?? NEW_PROFILE, event));
    }
    const sequence = fresh.at(-1)!.sequence;
    await store.putMany(
      ids.map((id) => ({ key: engagementView.key(id), value: engagementView.encode(states.get(id)!) })),
      { consumer: RE_ENGAGEMENT, partition, sequence, ...(expected !== undefined && { expected }) },
    );
    positions.set(partition, sequence);
  }

  async function read(ids: readonly ProfileId[]): Promise<Map<ProfileId, Engagement>> {
    const blobs = await store.getMany(ids.map((id) => engagementView.key(id)));
    const states = new Map<ProfileId, Engagement>();
    for (const [i, id] of ids.entries()) {
      const state = engagementView.decode(blobs[i]);
      if (state !== undefined) states.set(id, state);
    }
    return states;
  }

  /**
   * Owned partitions whose last visits and digests are known: a worker that is behind would write to people who have come back
   * since, and to some of them twice.
   */
  async function upToDate(): Promise<ReadonlySet<number>> {
    const sequence = await bus.lastSequence();
    const partitions = await Promise.all(
      consumer.owned.map(async (partition) =>
        (await consumer.settled({ sequence, partition }, CAUGHT_UP_MS)) ? [partition] : [],
      ),
    );
    return new Set(partitions.flat());
  }

  async function ask(): Promise<number> {
    const prefix = engagementView.key('');
    const partitions = await upToDate();
    let asked = 0;
    for await (const keys of store.scan(prefix)) {
      const ours = keys
        .map((key) => key.slice(prefix.length))
        .filter((id) => {
          const partition = partitionOf(id, bus.partitions);
          return partitions.has(partition) && consumer.owned.includes(partition);
        });
      for (let i = 0; i < ours.length && asked < perRound && !stopping; i += PUBLISHED_AT_ONCE) {
        const events = await dueOf(ours.slice(i, i + PUBLISHED_AT_ONCE));
        if (events.length === 0) continue;
        const acks = await bus.publish(events.slice(0, perRound - asked));
        const fresh = acks.filter(({ duplicate }) => !duplicate).length;
        asked += fresh;
        metrics?.count('marquee_digests_requested_total', {}, fresh);
      }
      if (asked >= perRound || stopping) break;
    }
    return asked;
  }

  async function dueOf(ids: readonly ProfileId[]): Promise<EventOf<'NOTIFICATION_REQUESTED'>[]> {
    const now = clock.now();
    const due = [...(await read(ids))].filter(([, state]) => isDue(state, policy, now));
    const blobs = await store.getMany(due.map(([id]) => profileStateView.key(id)));
    return due.flatMap(([profileId, engagement], i) => {
      const state = profileStateView.decode(blobs[i]);
      // Erased, and the news of it is on its way.
      if (state === undefined || (state.erasedAt !== undefined && state.erasedAt >= engagement.lastActiveAt))
        return [];
      const items = makeDigest({ state, titles, lastActiveAt: engagement.lastActiveAt, now });
      return items.length === 0 ? [] : [requestOf(profileId, engagement, items, now)];
    });
  }

  function round(): Promise<number> {
    going ??= ask().finally(() => {
      going = undefined;
    });
    return going;
  }

  return {
    ...consumer,
    get owned() {
      return consumer.owned;
    },
    get position() {
      return consumer.position;
    },
    round,
    async start() {
      stopping = false;
      await consumer.start();
      timer = setInterval(() => {
        round().catch((error: unknown) =>
          logger.warn({ err: error }, 'digests could not be asked for; trying again later'),
        );
      }, everyMs);
      timer.unref();
    },
    async stop() {
      stopping = true;
      clearInterval(timer);
      await going?.catch(() => undefined);
      await consumer.stop();
    },
  };
}

function requestOf(
  profileId: ProfileId,
  { lastActiveAt, digestsInLapse }: Engagement,
  items: readonly DigestItem[],
  now: number,
): EventOf<'NOTIFICATION_REQUESTED'> {
  const which = createHash('sha256')
    .update(JSON.stringify([profileId, lastActiveAt, digestsInLapse]))
    .digest('base64url');
  return {
    eventId: `digest:${which}`,
    type: 'NOTIFICATION_REQUESTED',
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt: now,
    receivedAt: now,
    profileId,
    payload: {
      kind: 'digest',
      objective: OBJECTIVE,
      lapsedDays: Math.floor((now - lastActiveAt) / DAY_MS),
      expiresAt: now + GOOD_FOR_MS,
      items: [...items],
    },
  };
}
