/**
 * A subscription with a start of its own: it reads all it wants in the order of the log, with one position, which its
 * handler keeps. Nobody shares its work, and nothing of it is kept on the server.
 */
import { MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import { PositionWaiters } from '../delivery/position-waiters.ts';
import type { ConsumerOptions, LogPosition, Subscription } from '../index.ts';
import { ephemeralConsumer } from './consumer-declarations.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_MAX_DELIVERIES, type GroupParts } from './consumer-group.ts';
import { PullReader } from './pull-reader.ts';
import { ReadingLoop } from './reading-loop.ts';

export class OwnSubscription implements Subscription {
  readonly name: string;
  readonly #parts: () => GroupParts;
  readonly #options: ConsumerOptions & { readonly startAfter: number };
  readonly #waiters = new PositionWaiters();
  #loop: ReadingLoop | undefined;
  #position: number;

  /** @param parts throws while the bus is not running. */
  constructor(parts: () => GroupParts, options: ConsumerOptions & { readonly startAfter: number }) {
    this.#parts = parts;
    this.#options = options;
    this.#position = options.startAfter;
    this.name = `consumer ${options.name}`;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws MarqueeError DATA_CORRUPT when the log does not reach to `startAfter`. */
  async start(): Promise<void> {
    if (this.#loop !== undefined) return;
    const parts = this.#parts();
    const { name, types, partitions, startAfter, batchSize, maxDeliveries, handle } = this.#options;
    const end = await parts.stream.lastSequence();
    if (startAfter > end) {
      // Going on would skip the next events in silence.
      const message = `consumer ${name} has handled event ${startAfter}, but the event log ends at ${end}`;
      throw new MarqueeError('DATA_CORRUPT', message);
    }
    const { link, subjects, logger } = parts;
    const only = partitions?.length === 1 ? partitions[0] : undefined;
    const filter = subjects.ofPartition(only, types);
    const loop = new ReadingLoop(parts, {
      consumer: name,
      reader: new PullReader({
        link,
        stream: subjects.events,
        batchSize: batchSize ?? DEFAULT_BATCH_SIZE,
        logger,
        open: ({ taken }) => ephemeralConsumer(link, subjects.events, filter, Math.max(taken, startAfter)),
      }),
      types,
      partitions,
      next: () => ({
        batchSize: batchSize ?? DEFAULT_BATCH_SIZE,
        maxDeliveries: maxDeliveries ?? DEFAULT_MAX_DELIVERIES,
        handle: (events) => handle.call(this.#options, events),
      }),
      onPosition: (position) => this.#moveTo(position),
      onStuck: (stuck) => {
        for (const partition of this.#wanted()) parts.board.stuck(name, partition, stuck);
      },
    });
    this.#loop = loop;
    parts.loops.add(loop);
    parts.alone.add(this);
    await loop.start();
  }

  async stop(): Promise<void> {
    const loop = this.#loop;
    if (loop === undefined) return;
    this.#loop = undefined;
    const { board, loops, alone } = this.#parts();
    await loop.stop();
    loops.delete(loop);
    alone.delete(this);
    for (const partition of this.#wanted()) board.ended(this.#options.name, partition);
  }

  readiness(): Readiness {
    if (this.#loop === undefined) return { ready: false, detail: 'not started' };
    const { trouble } = this.#loop;
    // A consumer in trouble falls behind; what it feeds still answers, from what it had.
    return trouble === undefined ? READY : { ready: true, detail: `retrying: ${trouble}` };
  }

  settled({ sequence }: LogPosition, timeoutMs: number): Promise<boolean> {
    return this.#waiters.waitFor(sequence, timeoutMs);
  }

  reached(): number {
    return this.#position;
  }

  async lag(): Promise<number> {
    if (this.#loop !== undefined) return this.#loop.lag();
    const { stream } = this.#parts();
    const { types } = this.#options;
    const counts = await Promise.all(
      this.#wanted().map((partition) => stream.count(partition, types, this.#position)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #wanted(): readonly number[] {
    const { partitions } = this.#parts().subjects;
    return this.#options.partitions ?? Array.from({ length: partitions }, (_, partition) => partition);
  }

  #moveTo(position: number): void {
    this.#position = position;
    this.#waiters.reached(position);
    const { board } = this.#parts();
    for (const partition of this.#wanted()) board.moved(this.#options.name, partition, position);
  }
}
