/**
 * What several copies of a process agree on: configuration that all of them follow, and who of them does what.
 * Two small ports; the event log is no place for either, because both are about now and not about what was.
 */
import type { Component } from '@marquee/service-kit';

export interface BroadcastValue {
  readonly value: string;
  /** Grows with every change of the key; 1 or more. */
  readonly revision: number;
}

/**
 * Small values by key (experiments, model pointers, the supergraph's version) that every process follows.
 *
 * Keys are letters, digits, `-`, `_`, `.`, `/` and `=`, and do not begin or end with a dot: BAD_USER_INPUT otherwise.
 */
export interface ConfigurationBroadcast extends Component {
  /** The value in force. @throws MarqueeError DEPENDENCY_UNAVAILABLE when it cannot be asked for. */
  get(key: string): Promise<BroadcastValue | undefined>;
  /**
   * Writes and returns the new revision. With `expectedRevision` only when the key still has that revision; 0
   * stands for a key that was never written.
   * @throws MarqueeError CONFLICT, nothing being written; DEPENDENCY_UNAVAILABLE, when it may have been written.
   */
  put(key: string, value: string, expectedRevision?: number): Promise<number>;
  /**
   * Calls back with the current value, if there is one, and with every change within a second; changes that follow
   * each other closely may arrive as the last of them. While the server is away the last value stays in force and
   * nothing is called. May be called before `start()`. Returns what ends the watch.
   */
  watch(key: string, onChange: (current: BroadcastValue) => void): () => void;
}

/** A right that one holder at a time has, until it gives it back or is not heard of for the time to live. */
export interface Lease {
  readonly name: string;
  /** Greater than that of every earlier holder: what is written under a lease can be refused to an older holder. */
  readonly fence: number;
  /** False from the moment it is released or lost. A holder asks before it acts. */
  readonly held: boolean;
  release(): Promise<void>;
}

export interface PartitionLeaseOptions {
  /**
   * The number of partitions, shared fairly among the members of the group; or a list of those that this member wants,
   * all of them as far as nobody else holds them.
   */
  readonly partitions: number | readonly number[];
  /** Called once a partition is ours alone. A rejection gives it back. */
  onAssigned(partition: number, fence: number): void | Promise<void>;
  /**
   * Called when it is to be given up, and waited for before anybody else gets it; or when it was lost already (the
   * server did not hear of us for the time to live), when somebody else may have it.
   */
  onRevoked(partition: number): void | Promise<void>;
}

/** This process's membership in a group that divides partitions among its members. */
export interface PartitionMembership extends Component {
  /** Partitions that are ours now, in order. */
  readonly held: readonly number[];
}

/**
 * Names and groups are 1 to 128 letters, digits, `-`, `_`, `=`: BAD_USER_INPUT otherwise.
 *
 * A holder that is killed is succeeded within the time to live and a second; one that stops cleanly, at once. A holder
 * that was frozen learns that it lost its leases before anything else of its can run for longer than a timer's turn;
 * what must not be done twice is in addition guarded by `fence`.
 */
export interface Leases extends Component {
  /**
   * The lease if nobody has it, else undefined at once; who wants to succeed the holder asks again every second or so.
   * @param options.onLost called once when it is lost without being released.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when the server cannot be asked.
   */
  acquire(name: string, options?: { readonly onLost?: () => void }): Promise<Lease | undefined>;
  /** Not a member until its `start()`, which resolves when what is free for us by then was assigned. */
  partitionLeases(group: string, options: PartitionLeaseOptions): PartitionMembership;
}

export { createLeadership, type Leadership, type LeadershipOptions } from './leadership.ts';
