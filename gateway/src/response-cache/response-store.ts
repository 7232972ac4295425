/**
 * Where answers of subgraphs are kept: a port, so that several gateways can share what one of them has asked.
 *
 * An entry depends on **subjects**: the viewer it belongs to, and what it tells of. Each subject has a version, and an
 * entry counts for as long as all of its subjects have the versions that it was computed at. Whoever looks up is told
 * the versions and hands them back when writing: what began to be computed before a subject advanced is never served
 * after it, whichever process computed it, however late it is written.
 */
import type { Component } from '@marquee/service-kit';

/** Where an entry would be, and what it depends on. */
export interface Slot {
  readonly key: string;
  /** Whose it is: a subject that removal goes by. Absent: nobody's in particular. */
  readonly owner?: string;
  /** Beside the owner. */
  readonly subjects: readonly string[];
}

export interface Found {
  /** Of the slot's subjects, opaque; to be handed back with what is written. */
  readonly versions: string;
  /** Undefined: there is nothing, or nothing that still counts. */
  readonly text: string | undefined;
}

export interface Entry {
  readonly slot: Slot;
  /** As `read` told them before the value was computed. */
  readonly versions: string;
  readonly text: string;
  /** At most MAX_ENTRY_AGE_MS. */
  readonly ttlMs: number;
}

/** Versions outlive every entry that was made at them. */
export const MAX_ENTRY_AGE_MS = 3_600_000;
export const VERSION_AGE_MS = 2 * MAX_ENTRY_AGE_MS;

export interface ResponseStore extends Component {
  /** In the order of the slots, in one round trip. @throws MarqueeError DEPENDENCY_UNAVAILABLE */
  read(slots: readonly Slot[]): Promise<readonly Found[]>;
  /**
   * Keeps what is still true. An entry one of whose subjects has advanced since is left out.
   * @returns how many were kept. @throws MarqueeError DEPENDENCY_UNAVAILABLE
   */
  write(entries: readonly Entry[]): Promise<number>;
  /**
   * From when it resolves on, nothing that depends on these subjects and was computed before is read, by no process.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE: then it may or may not have happened.
   */
  advance(subjects: readonly string[]): Promise<void>;
  /** The same for an owner, and no entry of theirs remains. @returns how many were removed. */
  remove(owner: string): Promise<number>;
}
