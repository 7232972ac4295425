/**
 * Titles, people and genres that were read lately, shared by all requests. A home page shows some 200 titles and
 * most of them are on other pages too, so reading and parsing them again is most of what a page would cost.
 *
 * Nothing is told when the catalogue changes; a record is simply not served longer than its maximal age. There
 * are two generations: when the young one is full or half that age, it becomes the old one, and the old one is
 * dropped. A record does not move from one to the other, however often it is asked for, so its age is bounded
 * without a time of its own. Ids that were not found are not kept: a new title shows at once.
 *
 * Beside them stands what was read last of every record, for as long as the catalogue cannot be read: a page of titles as
 * they were a while ago is a page, and one with a title missing is none.
 */
import type { Clock } from '@marquee/domain';

export interface RecordCacheOptions {
  /** Milliseconds; 0 keeps nothing. */
  readonly maxAgeMs: number;
  readonly maxRecords: number;
  /** Kept for when the catalogue cannot be read; the least lately read go first. Default 0. */
  readonly maxLastKnown?: number;
  readonly clock: Clock;
}

export class RecordCache<T extends { readonly id: string }> {
  readonly #clock: Clock;
  readonly #generationMs: number;
  readonly #generationSize: number;
  readonly #maxLastKnown: number;
  readonly #lastKnown = new Map<string, T>();
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #turnAt: number;

  constructor({ maxAgeMs, maxRecords, maxLastKnown = 0, clock }: RecordCacheOptions) {
    this.#clock = clock;
    this.#maxLastKnown = maxLastKnown;
    this.#generationMs = maxAgeMs / 2;
    this.#generationSize = Math.floor(maxRecords / 2);
    this.#turnAt = clock.now() + this.#generationMs;
  }

  /** Drops what is too old. To be called before a request's reads; they then agree on what is fresh. */
  expire(): void {
    const now = this.#clock.now();
    if (now < this.#turnAt) return;
    this.#turn();
    if (now < this.#turnAt + this.#generationMs) {
      this.#turnAt += this.#generationMs;
    } else {
      // Nobody asked for a whole generation: the other one is too old as well.
      this.#turn();
      this.#turnAt = now + this.#generationMs;
    }
  }

  get(id: string): T | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  /** As it was when it was read last, however long ago. Only for when it cannot be read. */
  lastKnown(id: string): T | undefined {
    return this.#lastKnown.get(id);
  }

  /** Keeps a record for when it cannot be read, and for nothing else. */
  keepLastKnown(record: T): void {
    if (this.#maxLastKnown === 0) return;
    this.#lastKnown.delete(record.id);
    this.#lastKnown.set(record.id, record);
    if (this.#lastKnown.size <= this.#maxLastKnown) return;
    const [oldest] = this.#lastKnown.keys();
    this.#lastKnown.delete(oldest as string);
  }

  /** It was looked for and is not there any more. */
  forget(id: string): void {
    this.#lastKnown.delete(id);
  }

  set(record: T): void {
    this.keepLastKnown(record);
    if (this.#generationSize === 0 || this.#generationMs === 0) return;
    if (this.#young.size >= this.#generationSize) this.#turn();
    this.#young.set(record.id, record);
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
