/**
 * A store of answers as requests see it: asked within a short time, and not at all for a while after it has kept
 * silent. Whatever goes wrong is a miss.
 */
import { beforeDeadline, deadlineAfter } from '@marquee/service-kit';
import type { Entry, Found, ResponseStore, Slot } from './response-store.ts';

export interface GuardedStoreOptions {
  readonly store: ResponseStore;
  /** What a look-up may cost a request. */
  readonly readWithinMs: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Told of every call that failed or was not made. */
  readonly failed: (what: 'read' | 'write', reason: 'failed' | 'skipped') => void;
}

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 1_000;
/** Answers on their way to the store; what comes beyond is not kept. */
const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024;
const WRITE_WITHIN_MS = 2_000;

export class GuardedStore {
  readonly #options: GuardedStoreOptions;
  #failures = 0;
  #closedUntil = 0;
  #bytesInFlight = 0;

  constructor(options: GuardedStoreOptions) {
    this.#options = options;
  }

  /** Undefined: nobody knows, so nothing may be served or kept. Never rejects. */
  async read(slots: readonly Slot[]): Promise<readonly Found[] | undefined> {
    const { store, readWithinMs, now, failed } = this.#options;
    if (this.#closedUntil > now()) {
      failed('read', 'skipped');
      return undefined;
    }
    try {
      const found = await beforeDeadline(
        store.read(slots),
        deadlineAfter(readWithinMs),
        'the response cache',
      );
      this.#failures = 0;
      return found;
    } catch {
      failed('read', 'failed');
      if (++this.#failures >= FAILURES_TO_OPEN) this.#closedUntil = now() + OPEN_MS;
      return undefined;
    }
  }

  /** Beside the request. Never rejects. */
  async write(entries: readonly Entry[]): Promise<number> {
    const { store, now, failed } = this.#options;
    let bytes = 0;
    for (const { text } of entries) bytes += text.length;
    if (this.#closedUntil > now() || this.#bytesInFlight + bytes > MAX_BYTES_IN_FLIGHT) {
      failed('write', 'skipped');
      return 0;
    }
    this.#bytesInFlight += bytes;
    try {
      return await beforeDeadline(
        store.write(entries),
        deadlineAfter(WRITE_WITHIN_MS),
        'writing into the response cache',
      );
    } catch {
      failed('write', 'failed');
      return 0;
    } finally {
      this.#bytesInFlight -= bytes;
    }
  }
}
