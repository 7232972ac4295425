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

const TURN_MS = 250;

export class LogFollower {
  readonly #options: LogFollowerOptions;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> | undefined;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#options.loops.size === 0 || !this.#options.link.connected) return;
      this.#turn ??= this.#look()
        .catch((error: unknown) =>
          this.#options.logger.debug({ err: error }, 'the end of the log is not known'),
        )
        .finally(() => {
          this.#turn = undefined;
        });
    }, TURN_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const seen = this.#seen;
    this.#seen = await this.#options.stream.lastSequence();
    await Promise.all([...this.#options.loops].map((loop) => loop.advance(seen)));
  }
}
