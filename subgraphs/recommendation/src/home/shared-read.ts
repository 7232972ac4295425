/**
 * What many requests read alike and what changes slowly: read once for all of them, good for a moment, and the last that could be
 * read is kept. Requests that come while it is read wait for that read, which is bounded.
 */
import { type Clock, SECOND_MS } from '@marquee/domain';
import { beforeDeadline, deadlineAfter } from '@marquee/service-kit';
import { LruMap } from './lru-map.ts';

const FRESH_MS = 15 * SECOND_MS;
const READ_TIMEOUT_MS = 200;

export interface SharedReadOptions<T> {
  /** In errors, e.g. `counts of rows`. */
  readonly what: string;
  readonly clock: Clock;
  /** Values kept; beyond them those that were used longest ago go. */
  readonly capacity: number;
  /** @param known what was read last. */
  read(key: string, known: T | undefined): Promise<T>;
}

interface Known<T> {
  readonly readAt: number;
  readonly value: T;
}

export class SharedRead<T> {
  readonly #options: SharedReadOptions<T>;
  readonly #known: LruMap<string, Known<T>>;
  readonly #reading = new Map<string, Promise<T>>();

  constructor(options: SharedReadOptions<T>) {
    this.#options = options;
    this.#known = new LruMap(options.capacity);
  }

  /** @throws what reading throws, and DEADLINE_EXCEEDED where it does not end */
  async read(key: string): Promise<T> {
    const { clock, what } = this.#options;
    const now = clock.now();
    const known = this.#known.get(key);
    if (known !== undefined && known.readAt > now - FRESH_MS) return known.value;
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      const bound = deadlineAfter(READ_TIMEOUT_MS);
      reading = beforeDeadline(this.#read(key, now, known?.value), bound, what).finally(() =>
        this.#reading.delete(key),
      );
      this.#reading.set(key, reading);
    }
    return reading;
  }

  /** Without asking anybody; undefined where it was never read. */
  lastKnown(key: string): T | undefined {
    return this.#known.get(key)?.value;
  }

  async #read(key: string, readAt: number, known: T | undefined): Promise<T> {
    const value = await this.#options.read(key, known);
    this.#known.set(key, { readAt, value });
    return value;
  }
}
