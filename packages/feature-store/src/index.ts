/**
 * The online store's port: bytes by key, read many at once. Feature values, slates and counters live here.
 *
 * - Keys are `<namespace>:<id>`; values are opaque bytes, which callers must not change after handing over.
 * - `getMany` keeps the order of its keys; a missing or expired key is `undefined`. At most MAX_KEYS per call.
 * - `putMany` is atomic together with its checkpoint: after a crash either all of it is there or none.
 * - A value with a `ttlMs` disappears by itself, at the latest after that time and earlier where room is needed
 *   or the process restarts; one without stays until it is deleted.
 */
import type { Component } from '@marquee/service-kit';

export const MAX_KEYS = 10_000;

export interface StoreEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly ttlMs?: number;
}

/** How far a consumer of the event log has come, kept together with what it wrote. */
export interface Checkpoint {
  readonly consumer: string;
  readonly sequence: number;
}

export interface KeyValueStore extends Component {
  /** One round trip, whatever the number of keys. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  putMany(entries: readonly StoreEntry[], checkpoint?: Checkpoint): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  /** Keys that begin with a prefix, in no order, in pages; for erasure and maintenance, never for serving. */
  scan(prefix: string): AsyncIterable<readonly string[]>;
  /** 0 when the consumer has never written one. */
  checkpoint(consumer: string): Promise<number>;
  /** Makes everything written so far durable; a no-op where every write is. */
  flush(): Promise<void>;
}
