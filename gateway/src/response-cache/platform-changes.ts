/**
 * Tells the response cache what happens on the platform: whatever changes what a viewer is shown, and every change of
 * the catalogue. Gateways end what they keep for a viewer when they take a mutation; this is for everything else, among it
 * events of other processes and of mutations that were answered before their effect showed.
 *
 * Every gateway listens for itself, from when it starts: each has something of its own to forget, and telling the store
 * twice is cheap.
 */
import { type EventType, type MarqueeEvent, partitionOf } from '@marquee/domain';
import type { ConsumerProgress, EventBus, LogPosition, Subscription } from '@marquee/event-bus';
import { type Component, type Logger, type Metrics, READY } from '@marquee/service-kit';
import { EndedAgain } from './ended-again.ts';
import { waitFor } from './patience.ts';
import type { ResponseStore } from './response-store.ts';
import { changesOf, entitySubject, removalsOf, viewerSubject } from './subjects.ts';

export interface PlatformChangesOptions {
  readonly bus: EventBus;
  /** The bus is this gateway's own, to be started and stopped with it. Default: somebody else does. */
  readonly ownsBus?: boolean;
  /** What subgraphs read: an answer that is computed before these have handled an event may be without it. */
  readonly projections: readonly ConsumerProgress[];
  /** How long what is kept lives at most: after it there is nothing left to end. */
  readonly maxAgeMs: number;
  /**
   * What is kept of a title that was removed ends again so long after its event, in milliseconds: subgraphs hear of it by themselves,
   * some a moment later, and the content subgraph tells from memory for up to half a minute. Default 1 s, 5 s and 31 s.
   */
  readonly removedMs?: readonly number[];
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

interface Told {
  readonly store: ResponseStore;
  forgetLocal(): void;
}

export const RESPONSE_CACHE_CONSUMER = 'response-cache';
const TITLE = 'Title';
const RETRY_MS = 200;
const START_AGAIN_MS = 2_000;
const SETTLE_MS = 5_000;
/** Most are settled by the time that they are heard of. */
const SETTLED_SOON_MS = 20;
const REMOVED_MS = [1_000, 5_000, 31_000];

/** After these a viewer is shown something else, on some page. What was merely seen or served is not among them. */
const CHANGES_VIEWER: readonly EventType[] = [
  'PLAY_START',
  'PLAY_PROGRESS',
  'PLAY_STOP',
  'REACTION_SET',
  'TITLE_HIDDEN',
  'TITLE_UNHIDDEN',
  'LIST_SAVED',
  'LIST_REMOVED',
  'PERSON_FOLLOWED',
  'PERSON_UNFOLLOWED',
  'ONBOARDING_COMPLETED',
  'PROFILE_REGISTERED',
  'PROFILE_ERASED',
];

export function platformChanges(options: PlatformChangesOptions): (told: Told) => Component {
  const { bus, projections, maxAgeMs, removedMs = REMOVED_MS, logger, metrics } = options;
  return ({ store, forgetLocal }) => {
    const over = new AbortController();
    let subscription: Subscription | undefined;
    let problem: string | undefined;

    const listen = async (): Promise<Subscription> =>
      bus.subscribe({
        name: RESPONSE_CACHE_CONSUMER,
        // What is kept is not older than this gateway, or was ended by those that were there.
        startAfter: await bus.lastSequence(),
        types: [...CHANGES_VIEWER, 'TITLE_CHANGED', 'TITLE_REMOVED'],
        async handle(batch) {
          const events = batch.map(({ event }) => event);
          const subjects = [...new Set(events.flatMap(subjectsOf))];
          const erased = events.flatMap(({ type, profileId }) =>
            type === 'PROFILE_ERASED' ? [profileId] : [],
          );
          const isCatalogue = events.some(({ type }) => type === 'TITLE_CHANGED' || type === 'TITLE_REMOVED');
          const until = performance.now() + maxAgeMs;
          const last = new Map<number, LogPosition>();
          for (const { event, sequence } of batch) {
            const partition = partitionOf(event.profileId, bus.partitions);
            last.set(partition, { sequence, partition });
          }
          // Until its effect shows, what is computed anew is as old as what was ended, and is kept in its place.
          let isSettled = await settled(last, SETTLED_SOON_MS);
          await ending(subjects, until, isCatalogue);
          while (!isSettled && !over.signal.aborted && performance.now() < until) {
            isSettled = await settled(last, SETTLE_MS);
            await ending(subjects, until, isCatalogue);
          }
          for (const profileId of new Set(erased))
            await trying(() => store.remove(viewerSubject(profileId)), until);
          const removed = events.filter(({ type }) => type === 'TITLE_REMOVED').flatMap(subjectsOf);
          for (const each of endedAgain) each.add(removed);
        },
      });

    /** @param isCatalogue what they are of is in the memory of this process, too. */
    async function ending(subjects: readonly string[], until: number, isCatalogue: boolean): Promise<void> {
      // A store that is away must not keep this process from forgetting.
      if (isCatalogue) forgetLocal();
      await trying(() => store.advance(subjects), until);
      // Once more: what was read from the store in between may have been older.
      if (isCatalogue) forgetLocal();
    }

    const endedAgain = removedMs.map(
      (afterMs) =>
        new EndedAgain(afterMs, (subjects) => {
          void ending(subjects, performance.now() + maxAgeMs, true).catch(() => undefined);
        }),
    );

    /** Over and over: whoever gives up earlier leaves something that is out of date. */
    async function trying(act: () => Promise<unknown>, until: number): Promise<void> {
      for (;;) {
        try {
          await act();
          metrics?.count('marquee_response_cache_invalidations_total', { by: 'event', outcome: 'ok' });
          return;
        } catch (error) {
          metrics?.count('marquee_response_cache_invalidations_total', { by: 'event', outcome: 'failed' });
          if (over.signal.aborted) throw error;
          if (performance.now() >= until) {
            logger.warn({ err: error }, 'what is kept was left to expire: its store cannot be told');
            return;
          }
          await waitFor(RETRY_MS, over.signal);
        }
      }
    }

    async function settled(last: ReadonlyMap<number, LogPosition>, withinMs: number): Promise<boolean> {
      const all = [...last.values()].flatMap((at) => projections.map((each) => each.settled(at, withinMs)));
      return (await Promise.all(all)).every(Boolean);
    }

    /** Beside the start of the gateway: what is kept ages all the same while nobody listens. */
    async function begin(): Promise<void> {
      while (!over.signal.aborted) {
        try {
          if (options.ownsBus) await bus.start();
          for (const each of projections) await each.start();
          const next = await listen();
          await next.start();
          subscription = next;
          problem = undefined;
          return;
        } catch (error) {
          problem = error instanceof Error ? error.message : String(error);
          logger.warn({ err: error }, 'the response cache does not hear of changes; trying again');
          await waitFor(START_AGAIN_MS, over.signal);
        }
      }
    }

    let begun: Promise<void> = Promise.resolve();
    return {
      name: 'response-cache-changes',
      async start() {
        begun = begin();
        if (!options.ownsBus) await begun;
      },
      async stop() {
        over.abort();
        for (const each of endedAgain) each.stop();
        await begun;
        await subscription?.stop();
        for (const each of projections) await each.stop();
        if (options.ownsBus) await bus.stop();
      },
      readiness: () =>
        problem === undefined ? READY : { ready: true, detail: `does not hear of changes: ${problem}` },
    };
  };
}

function subjectsOf(event: MarqueeEvent): readonly string[] {
  if (event.type === 'TITLE_CHANGED' || event.type === 'TITLE_REMOVED') {
    const changed = [entitySubject(TITLE, event.payload.titleId), changesOf(TITLE)];
    return event.type === 'TITLE_CHANGED' ? changed : [...changed, removalsOf(TITLE)];
  }
  return [viewerSubject(event.profileId)];
}
