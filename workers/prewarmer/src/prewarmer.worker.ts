/**
 * Has home pages made ahead for those who are likely to come: when few are here, and after a promotion, which makes every
 * stored page stale at once. Within a budget: after a page that took t the worker rests so long that it is busy for no more
 * than its share. What it knows is rebuilt from the log at the start.
 */
import { setTimeout } from 'node:timers/promises';
import type { Clock, DeliveredEvent, Device, ProfileId } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import { type Component, type Logger, type Metrics, READY } from '@marquee/service-kit';
import { ArrivalModel } from './arrival-model.ts';

export const PREWARMER = 'prewarmer';

/** Has a page made unless one is stored that would answer. */
export type MakeAhead = (
  of: { readonly profileId: ProfileId; readonly device: Device | undefined },
  signal: AbortSignal,
) => Promise<'made' | 'kept'>;

export interface PrewarmerDeps {
  readonly bus: EventBus;
  readonly makeAhead: MakeAhead;
  /** Calls back when another model begins to serve; returns what ends that. Absent: promotions are not noticed. */
  readonly onPromotion?: (act: () => void) => () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface PrewarmerOptions {
  /** Between two rounds. Default 10 minutes. */
  readonly everyMs?: number;
  /** Pages of a round at most. Default 500. */
  readonly pages?: number;
  /** Share of the time that pages may be in the making, in (0, 1]. Default 0.2. */
  readonly budget?: number;
  /** Fewer expected visits within the hour are not worth a page. Default 0.02. */
  readonly leastExpected?: number;
}

export interface Round {
  readonly made: number;
  readonly kept: number;
  readonly failed: number;
  /** Why it ended before its list did. */
  readonly endedBy?: 'stop' | 'failures';
}

export interface Prewarmer extends Component {
  readonly model: ArrivalModel;
  /** A round now, whatever the hour; joins one that is going on. */
  round(): Promise<Round>;
}

/** So many in a row say that it is not the profile. */
const MAX_FAILURES = 5;

export function createPrewarmer(deps: PrewarmerDeps, options: PrewarmerOptions = {}): Prewarmer {
  const { clock, logger, metrics } = deps;
  const { everyMs = 600_000, pages = 500, budget = 0.2, leastExpected = 0.02 } = options;
  let model = new ArrivalModel();
  let subscription: Subscription | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unwatch: (() => void) | undefined;
  let stopping = new AbortController();
  let going: Promise<Round> | undefined;

  async function learn(batch: readonly DeliveredEvent[]): Promise<void> {
    for (const { event } of batch) {
      if (event.type === 'PROFILE_ERASED') model.forget(event.profileId);
      else if (event.type === 'IMPRESSION' || event.type === 'PLAY_START') {
        // A clock that runs ahead must not make somebody look present for ever.
        model.seen(event.profileId, Math.min(event.occurredAt, event.receivedAt), event.payload.device);
      }
    }
  }

  async function makePages(): Promise<Round> {
    const { signal } = stopping;
    const counts = { made: 0, kept: 0, failed: 0 };
    let failuresInARow = 0;
    const likely = model.likeliest(clock.now(), pages).filter(({ expected }) => expected >= leastExpected);
    for (const { profileId, device } of likely) {
      if (signal.aborted) return { ...counts, endedBy: 'stop' };
      const startedAt = performance.now();
      let outcome: keyof typeof counts;
      try {
        outcome = await deps.makeAhead({ profileId, device }, signal);
        failuresInARow = 0;
      } catch (error) {
        outcome = 'failed';
        if (++failuresInARow === MAX_FAILURES)
          logger.warn({ err: error }, 'pages cannot be made ahead; trying again later');
      }
      counts[outcome]++;
      metrics?.count('marquee_prewarmed_pages_total', { outcome });
      if (failuresInARow === MAX_FAILURES) return { ...counts, endedBy: 'failures' };
      const took = performance.now() - startedAt;
      await setTimeout(took * (1 / budget - 1), undefined, { signal }).catch(() => undefined);
    }
    return counts;
  }

  function round(): Promise<Round> {
    going ??= makePages().finally(() => {
      going = undefined;
    });
    return going;
  }

  /** Stored pages hold for an hour: those made in a quiet hour are there when the busy one begins. */
  function roundIfQuiet(): void {
    if (!model.isPeak(clock.now())) void round();
  }

  return {
    name: PREWARMER,
    get model() {
      return model;
    },
    round,
    async start() {
      stopping = new AbortController();
      model = new ArrivalModel();
      subscription = deps.bus.subscribe({
        name: PREWARMER,
        types: ['IMPRESSION', 'PLAY_START', 'PROFILE_ERASED'],
        // Its memory is empty: everything that the log still has.
        startAfter: 0,
        handle: learn,
      });
      await subscription.start();
      unwatch = deps.onPromotion?.(() => void round());
      timer = setInterval(roundIfQuiet, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      unwatch?.();
      stopping.abort();
      await going;
      await subscription?.stop();
      subscription = undefined;
    },
    readiness: () => subscription?.readiness() ?? READY,
  };
}
