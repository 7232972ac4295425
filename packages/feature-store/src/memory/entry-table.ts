/**
 * The entries themselves: lasting ones, and expiring ones in order of last use. Purely synchronous, so every
 * call is atomic; bounded in bytes. Values that were given out stay as they were, and so does what an `instant` has.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { StoreEntry } from '../index.ts';
import { Arena } from './arena.ts';
import { Instant } from './instant.ts';
import { INDEX_BYTES, KeyIndex } from './key-index.ts';
import { type Block, hashAt, hasKeyAt, keyAt, recordBytesOf, sizeAt, valueAt } from './record.ts';
import { ROW_BYTES, Rows } from './rows.ts';

/** Of an entry, besides its record. */
const ENTRY_OVERHEAD_BYTES = ROW_BYTES + INDEX_BYTES;

export class EntryTable {
  readonly #maxBytes: number;
  readonly #rows = new Rows();
  readonly #index = new KeyIndex();
  readonly #arena: Arena;
  #lastingCount = 0;
  #lastingBytes = 0;
  #expiringBytes = 0;
  #changes = 0;
  /** What `#isSought` compares with: one function for all look-ups instead of one for each. */
  #sought = '';

  /** @param segmentBytes of the arena; a multiple of eight. */
  constructor(maxBytes: number, segmentBytes?: number) {
    this.#maxBytes = maxBytes;
    this.#arena = new Arena(this.#rows, segmentBytes);
  }

  get bytes(): number {
    return this.#lastingBytes + this.#expiringBytes;
  }

  /** Still held by what was replaced or removed; see Arena for the bound. */
  get deadBytes(): number {
    return this.#arena.deadBytes;
  }

  /** Grows with every change to a lasting entry. */
  get changes(): number {
    return this.#changes;
  }

  get(key: string, now: number): Uint8Array | undefined {
    const row = this.#find(key);
    if (row < 0) return undefined;
    if (this.#rows.hasExpired(row, now)) {
      this.#remove(row);
      return undefined;
    }
    this.#rows.touch(row);
    return this.#valueOf(row);
  }

  /** All of them, or none and OVERLOADED when the lasting ones would not fit. */
  put(entries: readonly StoreEntry[], now: number): void {
    this.#refuseAboveBound(entries);
    for (const { key, value, ttlMs } of entries) {
      const hash = this.#index.hashOf(key);
      let row = this.#find(key, hash);
      if (row < 0) {
        row = this.#rows.take();
        this.#index.add(hash, row);
      } else this.#forget(row);
      this.#arena.append(row, hash, key, value);
      this.#rows.setExpiry(row, ttlMs === undefined ? undefined : now + ttlMs);
      this.#count(row, 1);
    }
    while (this.bytes > this.#maxBytes && this.#rows.oldest !== undefined) this.#remove(this.#rows.oldest);
    this.#arena.compact();
  }

  delete(key: string): void {
    const row = this.#find(key);
    if (row < 0) return;
    this.#remove(row);
    this.#arena.compact();
  }

  clear(): void {
    this.#rows.clear();
    this.#index.clear();
    this.#arena.clear();
    this.#lastingCount = 0;
    this.#lastingBytes = 0;
    this.#expiringBytes = 0;
  }

  /**
   * Keys that have not expired, of so many rows: keys added between two calls may or may not come.
   * @returns with where to go on; undefined at the end.
   */
  keysOf(from: number, rows: number, now: number): { readonly keys: string[]; readonly next?: number } {
    const end = Math.min(from + rows, this.#rows.length);
    const keys: string[] = [];
    for (let row = from; row < end; row++) {
      if (this.#rows.isTaken(row) && !this.#rows.hasExpired(row, now)) keys.push(this.#keyOf(row));
    }
    return end < this.#rows.length ? { keys, next: end } : { keys };
  }

  /**
   * Removes what has expired of so many rows.
   * @returns where to go on; undefined at the end.
   */
  removeExpired(from: number, rows: number, now: number): number | undefined {
    const end = Math.min(from + rows, this.#rows.length);
    for (let row = from; row < end; row++) {
      if (this.#rows.isTaken(row) && this.#rows.hasExpired(row, now)) this.#remove(row);
    }
    this.#arena.compact();
    return end < this.#rows.length ? end : undefined;
  }

  /** The lasting entries of this instant, whatever happens while they are read. */
  instant(): Instant {
    return new Instant(this.#lastingCount, this.#rows.instant(), this.#arena.blocks());
  }

  #find(key: string, hash = this.#index.hashOf(key)): number {
    this.#sought = key;
    return this.#index.find(hash, this.#isSought);
  }

  readonly #isSought = (row: number): boolean =>
    hasKeyAt(this.#blockOf(row), this.#rows.offsetOf(row), this.#sought);

  #blockOf(row: number): Block {
    return this.#arena.block(this.#rows.segmentOf(row));
  }

  #keyOf(row: number): string {
    return keyAt(this.#blockOf(row), this.#rows.offsetOf(row));
  }

  #valueOf(row: number): Uint8Array {
    return valueAt(this.#blockOf(row), this.#rows.offsetOf(row));
  }

  #remove(row: number): void {
    const hash = hashAt(this.#blockOf(row), this.#rows.offsetOf(row));
    this.#forget(row);
    this.#index.remove(hash, row);
    this.#rows.giveBack(row);
  }

  /** The row's value is none any more; whether it gets another is the caller's to say. */
  #forget(row: number): void {
    this.#count(row, -1);
    this.#arena.release(this.#rows.segmentOf(row), this.#rows.offsetOf(row));
  }

  #count(row: number, sign: 1 | -1): void {
    const size = sign * this.#sizeOf(row);
    if (this.#rows.lasts(row)) {
      this.#lastingCount += sign;
      this.#lastingBytes += size;
      this.#changes++;
    } else this.#expiringBytes += size;
  }

  #sizeOf(row: number): number {
    return ENTRY_OVERHEAD_BYTES + sizeAt(this.#blockOf(row), this.#rows.offsetOf(row));
  }

  #refuseAboveBound(entries: readonly StoreEntry[]): void {
    let added = 0;
    for (const { key, value, ttlMs } of entries) {
      if (ttlMs === undefined) added += sizeOf(key, value);
    }
    if (this.#lastingBytes + added <= this.#maxBytes) return;
    // The simple sum says no; what is replaced, or given twice, may make room.
    const lasting = new Map(entries.filter((e) => e.ttlMs === undefined).map((e) => [e.key, e.value]));
    let bytes = this.#lastingBytes;
    for (const [key, value] of lasting) {
      const old = this.#find(key);
      const oldBytes = old >= 0 && this.#rows.lasts(old) ? this.#sizeOf(old) : 0;
      bytes += sizeOf(key, value) - oldBytes;
    }
    if (bytes > this.#maxBytes && bytes > this.#lastingBytes) {
      throw new MarqueeError(
        'OVERLOADED',
        `the online store is full: ${bytes} bytes would be above its bound of ${this.#maxBytes}`,
      );
    }
  }
}

function sizeOf(key: string, value: Uint8Array): number {
  return ENTRY_OVERHEAD_BYTES + recordBytesOf(key, value);
}
