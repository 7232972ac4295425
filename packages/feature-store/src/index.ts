/**
 * The online store's port: bytes by key, read many at once. Feature values, slates and counters live here.
 *
 * - Keys are `<namespace>:<id>`; values are opaque bytes, which callers must not change after handing over.
 * - `getMany` keeps the order of its keys; a missing or expired key is `undefined`. At most MAX_KEYS per call. A value stays
 *   as it was read, and may be a view of much more memory than its own: who keeps one for long, or gives its buffer away, copies it.
 * - `putMany` is atomic together with its checkpoint: after a crash either all of it is there or none. An adapter
 *   that spreads keys over machines promises it for keys of one slot group (see its `slotGroupOf`): a write with a
 *   checkpoint must stay inside the checkpoint's group, one without is atomic group by group.
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

/** How far a consumer of the event log has come in a partition, kept together with what it wrote. */
export interface Checkpoint {
  readonly consumer: string;
  /** Default 0. */
  readonly partition?: number;
  readonly sequence: number;
  /**
   * The checkpoint that the writer started from. Given, and no longer the stored one, nothing is written: a
   * writer that was paused while another took its partition over finds out here. Absent: written in any case.
   */
  readonly expected?: number;
}

/**
 * Which keys an adapter that spreads them over machines keeps together: keys of one group are read with one command
 * and written atomically. Undefined: with all others that have no group. Checkpoints are asked for by their
 * `checkpointKey`. `layout` names the assignment; a store that was filled under another one is refused.
 */
export interface SlotGroupOf {
  (key: string): string | undefined;
  readonly layout?: string;
}

/** What `SlotGroupOf` is asked about a checkpoint. */
export function checkpointKey(consumer: string, partition = 0): string {
  return `${CHECKPOINT_PREFIX}${consumer}@${partition}`;
}
export const CHECKPOINT_PREFIX = 'checkpoint:';

export interface KeyValueStore extends Component {
  /**
   * Entries in one atomic write that others do not notice; who can cut a larger one should. Absent: as many as
   * there are.
   */
  readonly preferredEntries?: number;
  /** One round trip, whatever the number of keys. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** @throws MarqueeError CONFLICT when `checkpoint.expected` is not the stored checkpoint. */
  putMany(entries: readonly StoreEntry[], checkpoint?: Checkpoint): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  /** Keys that begin with a prefix, in no order, in pages; for erasure and maintenance, never for serving. */
  scan(prefix: string): AsyncIterable<readonly string[]>;
  /** 0 when the consumer has never written one. @param partition default 0. */
  checkpoint(consumer: string, partition?: number): Promise<number>;
  /** Makes everything written so far durable; a no-op where every write is. */
  flush(): Promise<void>;
}

export { observeStore } from './observed-store.ts';
