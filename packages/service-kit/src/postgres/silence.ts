/**
 * Whether a server keeps silent: takes connections and statements and answers none, as one does that is frozen, out of disk
 * time or behind a network that drops packets. Callers are refused at once then, but for one at a time who finds out whether
 * it is over; else each of them would hold a connection for the whole time-out, and everybody behind them would wait.
 */
import type { MarqueeError } from '../errors.ts';

const PROBE_EVERY_MS = 250;

export class Silence {
  readonly #now: () => number;
  #failure: MarqueeError | undefined;
  #nextProbeAt = 0;
  #probing = false;

  /** @param now milliseconds of any clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A statement or a connection was not answered in time. */
  noticed(failure: MarqueeError): void {
    this.#failure = failure;
    this.#nextProbeAt = this.#now() + PROBE_EVERY_MS;
  }

  /** The server said something, be it an error. */
  broken(): void {
    this.#failure = undefined;
  }

  /** Why a caller who came now would be refused; undefined when he may ask. */
  get refusal(): MarqueeError | undefined {
    if (this.#failure === undefined) return undefined;
    return this.#probing || this.#now() < this.#nextProbeAt ? this.#failure : undefined;
  }

  /** A caller asks, and calls what this returns when he has finished. @throws MarqueeError the refusal. */
  ask(): () => void {
    const { refusal } = this;
    if (refusal !== undefined) throw refusal;
    if (this.#failure === undefined) return () => undefined;
    this.#probing = true;
    return () => {
      this.#probing = false;
    };
  }
}
