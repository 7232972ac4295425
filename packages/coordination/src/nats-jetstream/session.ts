/**
 * That this process is alive, as others see it: a key that is written again and again and vanishes by itself when it is
 * not. All leases of a process hang on its one session, so that what being alive costs does not grow with their number.
 *
 * The holder's own clock is stricter than the server's: a session counts as lost once it could not be renewed for nearly
 * the time to live, measured from before the last write that succeeded, on a clock that does not stand still while the
 * process is frozen.
 */
import { randomUUID } from 'node:crypto';
import { isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import type { Bucket } from './bucket.ts';

/** Share of the time to live after which the holder gives up; the rest is for clocks that run apart. */
const OWN_SHARE = 0.85;
/** Within the time to live: three may fail in a row. */
const RENEWALS = 4;

export interface SessionOptions {
  readonly bucket: Bucket;
  readonly logger: Logger;
  onLost(): void;
  /** A new one was opened after one was lost. */
  onOpened(): void;
}

export class Session {
  readonly #options: SessionOptions;
  #id = '';
  #revision = 0;
  #validUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #running = false;
  /** Of the last renewal. */
  #failure: unknown;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Changes when it was lost and opened anew; empty while there is none. */
  get id(): string {
    return this.#id;
  }

  /** Asked before anything is done under a lease: true only as long as nobody else can have it. */
  get alive(): boolean {
    return this.#id !== '' && performance.now() < this.#validUntil;
  }

  /** It was opened and not closed: whoever wants to hold something may count on it being tried again and again. */
  get wanted(): boolean {
    return this.#running;
  }

  /**
   * Resolves when there is one. When that fails it is tried again until `close`.
   * @throws MarqueeError
   */
  async open(): Promise<void> {
    if (!this.#running) {
      this.#running = true;
      this.#tickSoon();
    }
    if (this.alive) return;
    this.#renewing ??= this.#renewal();
    await this.#renewing;
    if (!this.alive) {
      const message = 'a session for leases could not be opened';
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', { message, cause: this.#failure });
    }
  }

  /** By the bucket's time to live of now, which may be changed while this runs. */
  #tickSoon(): void {
    this.#timer = setTimeout(() => {
      if (!this.#running) return;
      this.#tickSoon();
      this.#tick();
    }, this.#options.bucket.ttlMs / RENEWALS);
    this.#timer.unref();
  }

  /** Others learn at once that it has ended. */
  async close(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#renewing;
    const id = this.#id;
    this.#id = '';
    if (id !== '') await this.#options.bucket.delete(id, this.#revision).catch(() => undefined);
  }

  async #begin(): Promise<void> {
    const id = randomUUID();
    const before = performance.now();
    this.#revision = await this.#options.bucket.put(id, '', 0);
    this.#validUntil = before + this.#options.bucket.ttlMs * OWN_SHARE;
    this.#id = id;
  }

  #tick(): void {
    if (this.#id !== '' && !this.alive) this.#lose('it could not be renewed in time');
    this.#renewing ??= this.#renewal();
  }

  async #renewal(): Promise<void> {
    try {
      await this.#renew();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#options.logger.debug({ err: error }, 'a session was not renewed');
    } finally {
      this.#renewing = undefined;
    }
  }

  async #renew(): Promise<void> {
    const { bucket } = this.#options;
    if (this.#id === '') {
      await this.#begin();
      if (this.#running) this.#options.onOpened();
      return;
    }
    const id = this.#id;
    const before = performance.now();
    try {
      const revision = await bucket.put(id, '', this.#revision);
      if (id === this.#id) this.#revision = revision;
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT')) throw error;
      // Either it is gone, or an earlier write was made of which no answer came; the key is nobody else's.
      const revision = await bucket.latestRevision(id);
      if (id !== this.#id) return;
      if (revision === undefined) return this.#lose('the server has forgotten it');
      this.#revision = revision;
      return;
    }
    if (id === this.#id) this.#validUntil = before + bucket.ttlMs * OWN_SHARE;
  }

  #lose(reason: string): void {
    this.#options.logger.warn({ session: this.#id, reason }, 'the session is lost, and all leases with it');
    this.#id = '';
    this.#options.onLost();
  }
}
