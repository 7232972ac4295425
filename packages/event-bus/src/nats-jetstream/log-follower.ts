/**
 * Tells the loops that read the log how far it has gone, so that the position of one for whom nothing came advances too.
 *
 * What it tells is what it saw a turn before: the server stores an event a little before it counts it as pending for a
 * consumer, and a loop that believed a fresh end could pass an event that is just about to come.
 */
import type { NatsLink } from '@marquee/coordination/nats-connection';
import type { Logger } from '@marquee/service-kit';
import type { EventStream } from './event-stream.ts';
import type { ReadingLoop } from './reading-loop.ts';

export interface LogFollowerOptions {
  readonly link: NatsLink;
  readonly stream: EventStream;
  readonly loops: ReadonlySet<ReadingLoop>;
  readonly logger: Logger;
}

/** While the log grows. */
const TURN_MS = 500;
/** While it does not: each turn waits twice as long as the one before, up to this. */
const STILL_TURN_MS = 2_000;

export class LogFollower {
  readonly #options: LogFollowerOptions;
  #seen = 0;
  #waitMs = TURN_MS;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#next();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  #next(): void {
    this.#timer = setTimeout(() => void this.#turn(), this.#waitMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const { loops, link, logger } = this.#options;
    try {
      if (loops.size > 0 && link.connected) await this.#look();
    } catch (error) {
      logger.debug({ err: error }, 'the end of the log is not known');
    }
    if (this.#running) this.#next();
  }

  async #look(): Promise<void> {
    const seen = this.#seen;
    this.#seen = await this.#options.stream.lastSequence();
    this.#waitMs = this.#seen > seen ? TURN_MS : Math.min(STILL_TURN_MS, 2 * this.#waitMs);
    await Promise.all([...this.#options.loops].map((loop) => loop.advance(seen)));
  }
}
