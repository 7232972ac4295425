/**
 * An open loop of clients: visits arrive at a given rate whether or not the ones before were answered, as they do in
 * life. What falls behind shows as latency instead of a lower rate.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventBus } from '@marquee/event-bus';
import type { FreshnessProbe } from './freshness-probe.ts';
import type { Ledger } from './ledger.ts';
import type { Viewers } from './viewers.ts';

export interface Load {
  readonly bus: EventBus;
  readonly viewers: Viewers;
  readonly ledger: Ledger;
  readonly probe: FreshnessProbe;
}

export interface Published {
  readonly events: number;
  /** From the first to the last event. */
  readonly seconds: number;
  /** Of each publish, in milliseconds. */
  readonly acknowledgements: readonly number[];
}

const TICK_MS = 5;
/** Of the burst: enough on the way to keep the log busy, below what the bus refuses. */
const BURST_IN_FLIGHT = 4_000;

/** @param follow share of the visits whose freshness is measured. */
export async function publishAtRate(
  load: Load,
  options: { rate: number; seconds: number; follow: number; signal?: AbortSignal },
): Promise<Published> {
  const { rate, seconds, follow, signal } = options;
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const acknowledgements: number[] = [];
  const inFlight = new Set<Promise<void>>();
  let events = 0;
  let followed = 0;
  for (let now = begin; now < end && signal?.aborted !== true; now = performance.now()) {
    while (events < ((now - begin) / 1_000) * rate) {
      const batch = load.viewers.visit();
      events += batch.length;
      followed += follow;
      const toFollow = followed >= 1;
      if (toFollow) followed--;
      const sent: Promise<void> = publish(load, batch, toFollow, acknowledgements).finally(() =>
        inFlight.delete(sent),
      );
      inFlight.add(sent);
    }
    await delay(TICK_MS);
  }
  const took = (performance.now() - begin) / 1_000;
  await Promise.all(inFlight);
  return { events, seconds: took, acknowledgements };
}

/** As fast as the log acknowledges, until so many are sent. */
export async function publishBurst(load: Load, count: number, follow: number): Promise<Published> {
  const begin = performance.now();
  const acknowledgements: number[] = [];
  const inFlight = new Set<Promise<void>>();
  let events = 0;
  let followed = 0;
  let waiting = 0;
  while (events < count) {
    const batch = load.viewers.visit();
    events += batch.length;
    waiting += batch.length;
    followed += follow;
    const toFollow = followed >= 1;
    if (toFollow) followed--;
    const sent: Promise<void> = publish(load, batch, toFollow, acknowledgements).finally(() => {
      waiting -= batch.length;
      inFlight.delete(sent);
    });
    inFlight.add(sent);
    while (waiting > BURST_IN_FLIGHT) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return { events, seconds: (performance.now() - begin) / 1_000, acknowledgements };
}

async function publish(
  { bus, ledger, probe }: Load,
  batch: ReturnType<Viewers['visit']>,
  follow: boolean,
  acknowledgements: number[],
): Promise<void> {
  const sentAt = performance.now();
  const acks = await bus.publish(batch);
  acknowledgements.push(performance.now() - sentAt);
  ledger.enter(batch, acks);
  const last = acks.findLast((_, i) => batch[i]!.type !== 'DETAILS_OPENED');
  if (follow && last !== undefined) void probe.follow(batch[0]!.profileId, last);
}
