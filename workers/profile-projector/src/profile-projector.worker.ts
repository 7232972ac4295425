/**
 * Keeps the profile system of record up to date with the event log: one subscription for every partition this
 * worker owns. They are subscriptions like any other, except that their positions live with the profiles, in the
 * transactions of their effects; so each learns where to start only when it starts.
 */
import { setTimeout } from 'node:timers/promises';
import type { EventBus, Subscription } from '@marquee/event-bus';
import { PROFILE_PROJECTOR, PROJECTED_TYPES, type Profiles } from '@marquee/profiles';
import { isMarqueeError, type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';

/** Large enough that catching up is bound by the disk, small enough that readers see progress. */
const BATCH_SIZE = 5_000;

export interface ProfileProjectorDeps {
  readonly bus: EventBus;
  /** Started before the projector and stopped after it. */
  readonly profiles: Profiles;
  readonly logger: Logger;
}

export interface ProfileProjectorOptions {
  /**
   * `all` (default): the only worker of its installation, owns every partition while it runs. `assigned`: owns what
   * `own` gives it, so that several workers share the log.
   */
  readonly partitions?: 'all' | 'assigned';
}

export interface ProfileProjector extends Subscription {
  /** Partitions this worker works on now. */
  readonly owned: readonly number[];
  /**
   * Begins to work on a partition, from its checkpoint. Harmless for one that is owned. Should another worker still
   * work on it, nothing is applied twice: the checkpoint is locked while a batch is applied.
   * @throws MarqueeError BAD_USER_INPUT for a partition that the log has not, and what the profiles and the bus
   *   throw; the partition is not owned then.
   */
  own(partition: number): Promise<void>;
  /** Resolves when the batch in hand is applied and nothing more of the partition will be. */
  disown(partition: number): Promise<void>;
}

export function createProfileProjector(
  { bus, profiles, logger }: ProfileProjectorDeps,
  options: ProfileProjectorOptions = {},
): ProfileProjector {
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
    const startAfter = await profiles.checkpoint(partition);
    const subscription = bus.subscribe({
      name: PROFILE_PROJECTOR,
      types: PROJECTED_TYPES,
      partitions: [partition],
      batchSize: BATCH_SIZE,
      startAfter,
      handle: (batch) =>
        profiles.apply(batch, partition).catch((error: unknown) => {
          throw blameless(error);
        }),
    });
    await subscription.start();
    subscriptions.set(partition, subscription);
    awaited.get(partition)?.resolve(subscription);
    awaited.delete(partition);
    logger.debug({ partition, startAfter }, 'projecting profiles');
  }

  async function disown(partition: number): Promise<void> {
    const subscription = subscriptions.get(partition);
    subscriptions.delete(partition);
    await subscription?.stop();
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
    name: PROFILE_PROJECTOR,
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
    async lag() {
      if (!started) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${PROFILE_PROJECTOR} has not been started`);
      }
      const lags = await Promise.all([...subscriptions.values()].map((subscription) => subscription.lag()));
      return lags.reduce((sum, lag) => sum + lag, 0);
    },
  };
}

/**
 * A database that is slow, contended, full or misconfigured says nothing against the events: they are delivered until
 * that has passed, instead of going to the dead letters. What the database refuses for its content stays an accusation.
 */
function blameless(error: unknown): unknown {
  if (!isMarqueeError(error) || error.definition.party === 'client') return error;
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: error.message, cause: error });
}
