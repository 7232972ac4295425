/**
 * How far the consumers of each name have come in each partition: told by whoever runs them on a subject outside the
 * log, a few milliseconds after they moved and once a second in any case, so that whoever starts to listen soon knows.
 */
import type { NatsLink } from '@marquee/coordination/nats-connection';
import type { Logger } from '@marquee/service-kit';
import type { Subscription } from 'nats';
import { PositionWaiters } from '../delivery/position-waiters.ts';
import type { Subjects } from './subjects.ts';

const COALESCE_MS = 5;
const HEARTBEAT_MS = 1_000;
/** Who said that it cannot go on may have ended since. */
const STUCK_FOR_MS = 3 * HEARTBEAT_MS;
/** Beside the partitions in what is told: those that cannot go on. Older listeners take no notice of it. */
const STUCK = 'stuck';

class Place {
  readonly waiters = new PositionWaiters();
  position = 0;
  stuckUntil = Number.NEGATIVE_INFINITY;

  /** What was once handled stays handled, also when a successor begins a little further back. */
  reached(position: number): void {
    if (position <= this.position) return;
    this.position = position;
    this.waiters.reached(position);
  }
}

export class ProgressBoard {
  readonly #link: NatsLink;
  readonly #subjects: Subjects;
  readonly #logger: Logger;
  readonly #places = new Map<string, Map<number, Place>>();
  readonly #listening = new Map<string, { listeners: number; subscription: Subscription }>();
  /** Name → partition → position, of what runs here. */
  readonly #running = new Map<string, Map<number, number>>();
  readonly #moved = new Set<string>();
  /** Name → partitions, of what runs here and cannot go on. */
  readonly #stuck = new Map<string, Set<number>>();
  #timer: NodeJS.Timeout | undefined;
  #told = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(link: NatsLink, subjects: Subjects, logger: Logger) {
    this.#link = link;
    this.#subjects = subjects;
    this.#logger = logger;
  }

  open(): void {
    this.#heartbeat = setInterval(() => this.#tell(this.#running.keys()), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(this.#moved);
    this.#moved.clear();
    for (const { subscription } of this.#listening.values()) subscription.unsubscribe();
    this.#listening.clear();
    this.#running.clear();
    this.#stuck.clear();
  }

  positionOf(consumer: string, partition: number): number {
    return this.#placeOf(consumer, partition).position;
  }

  waitFor(consumer: string, partition: number, sequence: number, timeoutMs: number): Promise<boolean> {
    return this.#placeOf(consumer, partition).waiters.waitFor(sequence, timeoutMs);
  }

  /** Whoever runs it has said within the last seconds that it cannot go on. */
  isStuck(consumer: string, partition: number): boolean {
    return this.#placeOf(consumer, partition).stuckUntil > performance.now();
  }

  /** A consumer here cannot go on with a partition, or can again. Told at once, and with every heartbeat. */
  stuck(consumer: string, partition: number, stuck: boolean): void {
    const partitions = this.#stuck.get(consumer) ?? new Set<number>();
    this.#stuck.set(consumer, partitions);
    if (stuck) partitions.add(partition);
    else partitions.delete(partition);
    this.#tell([consumer]);
  }

  /** A consumer here has come so far. Told again with every heartbeat until `ended`. */
  moved(consumer: string, partition: number, position: number): void {
    const positions = this.#running.get(consumer) ?? new Map<number, number>();
    this.#running.set(consumer, positions);
    positions.set(partition, position);
    this.#placeOf(consumer, partition).reached(position);
    this.#moved.add(consumer);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#told = performance.now();
        this.#tell(this.#moved);
        this.#moved.clear();
        // What was not told for a while is told at once; only what follows closely waits.
      },
      performance.now() - this.#told > COALESCE_MS ? 0 : COALESCE_MS,
    );
  }

  /** It runs here no longer. */
  ended(consumer: string, partition: number): void {
    this.#running.get(consumer)?.delete(partition);
    this.#stuck.get(consumer)?.delete(partition);
  }

  /** Returns what ends the listening. @throws MarqueeError DEPENDENCY_UNAVAILABLE while the bus is not running. */
  listen(consumer: string): () => void {
    let heard = this.#listening.get(consumer);
    if (heard === undefined) {
      const subscription = this.#link.connection.subscribe(this.#subjects.ofProgress(consumer), {
        callback: (error, message) => {
          if (error === null) this.#heard(consumer, message.string());
        },
      });
      heard = { listeners: 0, subscription };
      this.#listening.set(consumer, heard);
    }
    heard.listeners++;
    const ours = heard;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      if (--ours.listeners > 0 || this.#listening.get(consumer) !== ours) return;
      ours.subscription.unsubscribe();
      this.#listening.delete(consumer);
    };
  }

  #heard(consumer: string, body: string): void {
    try {
      const { [STUCK]: stuck, ...positions } = JSON.parse(body) as Record<string, number> & {
        [STUCK]?: readonly number[];
      };
      for (const [partition, position] of Object.entries(positions)) {
        const place = this.#placeOf(consumer, Number(partition));
        place.reached(position);
        const isStuck = stuck?.includes(Number(partition)) === true;
        place.stuckUntil = isStuck ? performance.now() + STUCK_FOR_MS : Number.NEGATIVE_INFINITY;
      }
    } catch (error) {
      this.#logger.warn({ consumer, err: error }, 'told positions cannot be read');
    }
  }

  #tell(consumers: Iterable<string>): void {
    if (!this.#link.connected) return;
    for (const consumer of consumers) {
      const positions = this.#running.get(consumer);
      if (positions === undefined || positions.size === 0) continue;
      const stuck = this.#stuck.get(consumer);
      const body = JSON.stringify({
        ...Object.fromEntries(positions),
        ...(stuck !== undefined && stuck.size > 0 && { [STUCK]: [...stuck] }),
      });
      this.#link.connection.publish(this.#subjects.ofProgress(consumer), body);
    }
  }

  #placeOf(consumer: string, partition: number): Place {
    let places = this.#places.get(consumer);
    if (places === undefined) {
      places = new Map();
      this.#places.set(consumer, places);
    }
    let place = places.get(partition);
    if (place === undefined) {
      place = new Place();
      places.set(partition, place);
    }
    return place;
  }
}
