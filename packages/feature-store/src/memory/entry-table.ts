/**
 * The entries themselves: lasting ones, and expiring ones in order of last use. Purely synchronous, so every
 * call is atomic; bounded in bytes.
 *
 * A snapshot is taken while writing goes on: `beginSnapshot` fixes an instant, and whatever is about to be
 * replaced or removed before the snapshot has read it is handed over first (copy before write). Expiring
 * entries are no part of it.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { StoreEntry } from '../index.ts';

/** Map slot, key header and bookkeeping of one entry, measured roughly. */
const ENTRY_OVERHEAD_BYTES = 120;

interface Entry {
  readonly value: Uint8Array;
  /** The newest snapshot that this entry is written in or came too late for. */
  snapshot: number;
}

interface ExpiringEntry {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

export type KeyAndValue = readonly [key: string, value: Uint8Array];

export class EntryTable {
  readonly #maxBytes: number;
  readonly #lasting = new Map<string, Entry>();
  /** Least recently used first. */
  readonly #expiring = new Map<string, ExpiringEntry>();
  #lastingBytes = 0;
  #expiringBytes = 0;
  #changes = 0;
  #snapshot = 0;
  /** Handed over by changes, not yet read by the running snapshot; undefined while none runs. */
  #displaced: KeyAndValue[] | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#lastingBytes + this.#expiringBytes;
  }

  /** Grows with every change to a lasting entry. */
  get changes(): number {
    return this.#changes;
  }

  get(key: string, now: number): Uint8Array | undefined {
    const lasting = this.#lasting.get(key);
    if (lasting !== undefined) return lasting.value;
    const expiring = this.#expiring.get(key);
    if (expiring === undefined) return undefined;
    this.#expiring.delete(key);
    if (expiring.expiresAt <= now) {
      this.#expiringBytes -= sizeOf(key, expiring.value);
      return undefined;
    }
    this.#expiring.set(key, expiring);
    return expiring.value;
  }

  /** All of them, or none and OVERLOADED when the lasting ones would not fit. */
  put(entries: readonly StoreEntry[], now: number): void {
    this.#refuseAboveBound(entries);
    for (const { key, value, ttlMs } of entries) {
      const size = sizeOf(key, value);
      if (ttlMs === undefined) {
        this.#removeExpiring(key);
        const old = this.#lasting.get(key);
        if (old !== undefined) {
          this.#handOver(key, old);
          this.#lastingBytes -= sizeOf(key, old.value);
        }
        this.#lasting.set(key, { value, snapshot: this.#snapshot });
        this.#lastingBytes += size;
        this.#changes++;
      } else {
        this.delete(key);
        this.#expiring.set(key, { value, expiresAt: now + ttlMs });
        this.#expiringBytes += size;
      }
    }
    for (const key of this.#expiring.keys()) {
      if (this.bytes <= this.#maxBytes) break;
      this.#removeExpiring(key);
    }
  }

  delete(key: string): void {
    this.#removeExpiring(key);
    const old = this.#lasting.get(key);
    if (old === undefined) return;
    this.#handOver(key, old);
    this.#lasting.delete(key);
    this.#lastingBytes -= sizeOf(key, old.value);
    this.#changes++;
  }

  clear(): void {
    this.#lasting.clear();
    this.#expiring.clear();
    this.#lastingBytes = 0;
    this.#expiringBytes = 0;
  }

  /** Iterates lasting keys as they are when reached: keys added on the way may or may not come. */
  lastingKeys(): IterableIterator<string> {
    return this.#lasting.keys();
  }

  /** Keys that have not expired, as of now. */
  expiringKeys(now: number): string[] {
    const keys: string[] = [];
    for (const [key, entry] of this.#expiring) if (entry.expiresAt > now) keys.push(key);
    return keys;
  }

  /** Removes those of `keys` that have expired. */
  removeExpired(keys: readonly string[], now: number): void {
    for (const key of keys) {
      const entry = this.#expiring.get(key);
      if (entry !== undefined && entry.expiresAt <= now) this.#removeExpiring(key);
    }
  }

  /** Keys of expiring entries, expired or not. */
  allExpiringKeys(): string[] {
    return [...this.#expiring.keys()];
  }

  /**
   * The lasting entries of this instant: exactly `count` of them, each once, whatever happens while they are
   * read. Only one snapshot at a time; iterate to the end or call `return`.
   */
  beginSnapshot(): { readonly count: number; readonly entries: Generator<KeyAndValue, void, void> } {
    if (this.#displaced !== undefined) throw new Error('a snapshot is already being taken');
    this.#snapshot++;
    this.#displaced = [];
    return { count: this.#lasting.size, entries: this.#readSnapshot(this.#snapshot) };
  }

  /** Ends a snapshot that was given up half-way. */
  endSnapshot(): void {
    this.#displaced = undefined;
  }

  *#readSnapshot(snapshot: number): Generator<KeyAndValue, void, void> {
    for (const [key, entry] of this.#lasting) {
      if (entry.snapshot === snapshot) continue;
      entry.snapshot = snapshot;
      yield [key, entry.value];
    }
    // Changes may go on while these are read: the list is drained, not iterated once.
    for (let i = 0; i < (this.#displaced?.length ?? 0); i++) yield this.#displaced![i]!;
  }

  #handOver(key: string, old: Entry): void {
    if (this.#displaced === undefined || old.snapshot === this.#snapshot) return;
    old.snapshot = this.#snapshot;
    this.#displaced.push([key, old.value]);
  }

  #removeExpiring(key: string): void {
    const old = this.#expiring.get(key);
    if (old === undefined) return;
    this.#expiring.delete(key);
    this.#expiringBytes -= sizeOf(key, old.value);
  }

  #refuseAboveBound(entries: readonly StoreEntry[]): void {
    let added = 0;
    for (const { key, value, ttlMs } of entries) if (ttlMs === undefined) added += sizeOf(key, value);
    if (this.#lastingBytes + added <= this.#maxBytes) return;
    // The simple sum says no; what is replaced, or given twice, may make room.
    const lasting = new Map(entries.filter((e) => e.ttlMs === undefined).map((e) => [e.key, e.value]));
    let bytes = this.#lastingBytes;
    for (const [key, value] of lasting) {
      const old = this.#lasting.get(key);
      bytes += sizeOf(key, value) - (old === undefined ? 0 : sizeOf(key, old.value));
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
  return ENTRY_OVERHEAD_BYTES + key.length * 2 + value.byteLength;
}
