/**
 * The way of events into the log: straight to the server, or, while that is away, into the spool and from there.
 *
 * Only one of the two ways is open at a time. The first failure closes the straight one: everything that is not
 * acknowledged by then goes into the spool, in the order in which it was accepted, and everything newer goes behind it,
 * until the spool is empty again. So no event overtakes an older one of its profile, whatever happened to either.
 */
import { setTimeout as delay, setImmediate as yieldToLoop } from 'node:timers/promises';
import type { NatsLink } from '@marquee/coordination/nats-connection';
import { type MarqueeEvent, type ProfileId, partitionOf } from '@marquee/domain';
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import type { PublishAck } from '../index.ts';
import type { AcknowledgedPublisher } from './acknowledged-publisher.ts';
import { Lanes } from './lanes.ts';
import { Publication } from './publication.ts';
import type { Spool, SpooledEvent, SpoolRow } from './spool.ts';
import type { Subjects } from './subjects.ts';

export interface PublishPathOptions {
  readonly link: NatsLink;
  readonly publisher: AcknowledgedPublisher;
  readonly spool: Spool;
  readonly subjects: Subjects;
  /** Events accepted and neither acknowledged nor spooled; more are refused with OVERLOADED. */
  readonly maxInFlight: number;
  readonly logger: Logger;
}

interface Item extends SpooledEvent {
  readonly publication: Publication;
  /** Place in the publication. */
  readonly index: number;
  readonly partition: number;
}

/** Events serialised before the event loop gets a turn: about half a millisecond of work. */
const SERIALISE_CHUNK = 250;
/** Messages on their way to the server at a time: enough to keep it busy, few enough to be answered in time. */
const WIRE_WINDOW = 512;
/** Delivered in one go. Bodies are serialised and compressed on the event loop: a few served slates at a time. */
const DRAIN_EVENTS = 500;
const DRAIN_BYTES = 262_144;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export class PublishPath {
  readonly #options: PublishPathOptions;
  readonly #lanes: Lanes<Item>;
  /** On the straight way, in the order of acceptance. */
  readonly #unacknowledged = new Set<Item>();
  readonly #stopping = new AbortController();
  #entering: Promise<void> = Promise.resolve();
  #inFlight = 0;
  #settled: (() => void) | undefined;
  #away: string | undefined;
  #draining: Promise<void> | undefined;

  constructor(options: PublishPathOptions) {
    this.#options = options;
    this.#lanes = new Lanes(
      WIRE_WINDOW,
      (item) => item.profileId,
      (item) => this.#send(item),
    );
    // What an earlier process left comes first.
    if (options.spool.size > 0) this.#closeStraightWay('events of an earlier run wait in the spool');
  }

  readiness(): Readiness {
    if (this.#away === undefined) return READY;
    const { spool } = this.#options;
    const detail = `${this.#away}; ${spool.size} events wait in the spool`;
    return spool.full ? { ready: false, detail: `${detail}, which is full` } : { ready: true, detail };
  }

  /** @throws MarqueeError OVERLOADED, DEPENDENCY_UNAVAILABLE, BAD_USER_INPUT for an event too large for the log. */
  async publish(events: readonly MarqueeEvent[]): Promise<readonly PublishAck[]> {
    const { maxInFlight } = this.#options;
    if (this.#inFlight + events.length > maxInFlight) {
      throw new MarqueeError(
        'OVERLOADED',
        `event log: ${this.#inFlight} of at most ${maxInFlight} events in flight`,
      );
    }
    this.#inFlight += events.length;
    try {
      const publication = new Publication(events.length);
      // One after the other, so that a long one that yields is not overtaken by what was published after it.
      this.#entering = this.#entering.then(() => this.#enter(events, publication));
      return await publication.acknowledged;
    } finally {
      this.#inFlight -= events.length;
      if (this.#inFlight === 0) this.#settled?.();
    }
  }

  /** Removes a profile's events that wait on this machine. */
  purge(profileId: ProfileId): Promise<number> {
    return this.#options.spool.purge(profileId);
  }

  /** Waits until everything accepted is in the log or in the spool. */
  async stop(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
    this.#stopping.abort();
    await this.#draining;
  }

  async #enter(events: readonly MarqueeEvent[], publication: Publication): Promise<void> {
    const items: Item[] = [];
    try {
      for (const [index, event] of events.entries()) {
        if (index > 0 && index % SERIALISE_CHUNK === 0) await yieldToLoop();
        items.push(this.#itemOf(event, publication, index));
      }
    } catch (error) {
      return publication.refuse(error);
    }
    if (this.#away === undefined && !this.#options.link.connected) this.#closeStraightWay('NATS is away');
    if (this.#away !== undefined) return this.#spool(items);
    for (const item of items) this.#unacknowledged.add(item);
    for (const item of items) this.#lanes.add(item);
  }

  #itemOf(event: MarqueeEvent, publication: Publication, index: number): Item {
    const { subjects, link } = this.#options;
    const { eventId, profileId } = event;
    const body = JSON.stringify(event);
    const bytes = Buffer.byteLength(body) + 1_024;
    const most = link.connection.info?.max_payload ?? 1_048_576;
    if (bytes > most) {
      const message = `event ${eventId} has ${bytes} bytes with its headers; the log takes at most ${most}`;
      throw new MarqueeError('BAD_USER_INPUT', { message, field: `events.${index}` });
    }
    const partition = partitionOf(profileId, subjects.partitions);
    return { eventId, profileId, subject: subjects.ofEvent(event), body, publication, index, partition };
  }

  async #send(item: Item): Promise<void> {
    if (!this.#unacknowledged.has(item)) return;
    const { eventId, partition } = item;
    try {
      const { sequence, duplicate } = await this.#options.publisher.publish(item);
      // False: it was given up meanwhile, and is in the spool.
      if (!this.#unacknowledged.delete(item)) return;
      item.publication.settle(item.index, { eventId, sequence, partition, duplicate });
    } catch (error) {
      if (this.#unacknowledged.has(item)) this.#giveUp(error as Error);
    }
  }

  #giveUp(error: Error): void {
    const items = [...this.#unacknowledged];
    this.#unacknowledged.clear();
    this.#lanes.clear();
    this.#closeStraightWay(error.message);
    this.#spool(items);
  }

  #closeStraightWay(reason: string): void {
    this.#away = reason;
    this.#options.logger.warn({ reason }, 'events go to the spool');
    this.#draining = this.#drain();
  }

  /** A publication whose rest finds no room is refused as a whole; what of it is stored is a duplicate next time. */
  #spool(items: readonly Item[]): void {
    for (const ofOne of byPublication(items)) {
      const { publication } = ofOne[0]!;
      if (this.#options.spool.hasRoomFor(ofOne)) {
        void this.#append(ofOne, publication);
      } else {
        const message = `the event log cannot be written (${this.#away}), and the spool has no room for ${ofOne.length} events`;
        publication.refuse(new MarqueeError('DEPENDENCY_UNAVAILABLE', message));
      }
    }
  }

  async #append(items: readonly Item[], publication: Publication): Promise<void> {
    try {
      const isNew = await this.#options.spool.append(items);
      for (const [i, { index, eventId, partition }] of items.entries()) {
        publication.settle(index, { eventId, sequence: 0, partition, duplicate: !isNew[i], spooled: true });
      }
    } catch (error) {
      publication.refuse(error);
    }
  }

  /** Delivers what waits, and opens the straight way when nothing does any more. */
  async #drain(): Promise<void> {
    const { spool, link, logger } = this.#options;
    const { signal } = this.#stopping;
    let failures = 0;
    // Not in the same turn: what goes to the spool now has to be counted first.
    await yieldToLoop();
    let delivered = 0;
    while (spool.size > 0 && !signal.aborted) {
      try {
        if (!link.connected) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'NATS is away');
        const rows = await spool.first(DRAIN_EVENTS, DRAIN_BYTES);
        await this.#deliver(rows);
        await spool.remove(rows);
        delivered += rows.length;
        failures = 0;
      } catch (error) {
        this.#away = (error as Error).message;
        const wait = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10));
        if (failures % 10 === 1)
          logger.warn({ reason: this.#away, waiting: spool.size }, 'the spool is not delivered');
        await Promise.race([delay(wait, undefined, { signal }).catch(() => undefined), this.#reconnected()]);
      }
    }
    if (signal.aborted) return;
    this.#away = undefined;
    this.#draining = undefined;
    logger.info({ delivered }, 'the spool is empty; events go to the log again');
  }

  async #deliver(rows: readonly SpoolRow[]): Promise<void> {
    if (rows.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      let left = rows.length;
      const lanes = new Lanes<SpoolRow>(
        WIRE_WINDOW,
        (row) => row.profileId,
        async (row) => {
          try {
            await this.#options.publisher.publish(row);
            if (--left === 0) resolve();
          } catch (error) {
            lanes.clear();
            reject(error);
          }
        },
      );
      for (const row of rows) lanes.add(row);
    });
  }

  /** The next time that the connection is there again; never while it stays. */
  #reconnected(): Promise<void> {
    return new Promise((resolve) => {
      const stopListening = this.#options.link.onReconnect(() => {
        stopListening();
        resolve();
      });
    });
  }
}

function byPublication(items: readonly Item[]): Iterable<readonly Item[]> {
  const groups = new Map<Publication, Item[]>();
  for (const item of items) {
    const group = groups.get(item.publication);
    if (group === undefined) groups.set(item.publication, [item]);
    else group.push(item);
  }
  return groups.values();
}
