/**
 * Makes consumer positions durable a little after they move, many in one write. Losing the last few costs a
 * redelivery, which consumers must stand anyway; writing each would cost a disk flush per batch.
 */
import type { Logger } from '@marquee/service-kit';
import type { EventLog } from './event-log.ts';

const DELAY_MS = 100;

export class PositionKeeper {
  readonly #log: EventLog;
  readonly #logger: Logger;
  #moved = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(log: EventLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  moved(consumer: string, position: number): void {
    this.#moved.set(consumer, position);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.write(), DELAY_MS);
    this.#timer.unref();
  }

  /** Writes what has moved so far. A failed write is tried again with the next move. */
  write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(async () => {
      if (this.#moved.size === 0) return;
      const positions = this.#moved;
      this.#moved = new Map();
      try {
        await this.#log.putPositions(positions);
      } catch (error) {
        this.#moved = new Map([...positions, ...this.#moved]);
        this.#logger.warn({ err: error }, 'consumer positions were not written');
      }
    });
    return this.#writing;
  }
}
