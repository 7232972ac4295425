/**
 * What is known about a viewer when a request comes: their state, and whether and when they were erased. Both in
 * one read, because together they tell whether something made earlier is still theirs to see.
 */
import type { ProfileId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { emptyProfileState, type ProfileState, profileStateView } from '@marquee/features';
import { beforeDeadline, type Deadline, MarqueeError } from '@marquee/service-kit';
import type { Erasure, ErasureLedger } from './erasure-ledger.ts';

export interface ViewerRecord {
  readonly state: ProfileState;
  /** The last one that could be read. */
  readonly erasure: Erasure | undefined;
  /** Erasures up to this place in the log would have been seen. */
  readonly completeUpTo: number;
}

/** Nobody in particular: has no state, and nothing to erase. */
export const NOBODY: ViewerRecord = {
  state: emptyProfileState(),
  erasure: undefined,
  completeUpTo: Number.POSITIVE_INFINITY,
};

/** Of what was made when the viewer's state could not be read: older than any erasure. */
export const UNKNOWN_REVISION = -1;

export function isErased(revision: number, erasure: Erasure | undefined): boolean {
  return erasure !== undefined && revision < erasure.sequence;
}

export class ViewerRecords {
  readonly #store: KeyValueStore;
  readonly #ledger: ErasureLedger;

  constructor(store: KeyValueStore, ledger: ErasureLedger) {
    this.#store = store;
    this.#ledger = ledger;
  }

  /**
   * One read, of the given keys too; an unknown profile has the empty state.
   * @throws MarqueeError DEADLINE_EXCEEDED, and what the store throws.
   */
  async read(
    profileId: ProfileId | undefined,
    deadline: Deadline,
    keys: readonly string[] = [],
  ): Promise<ViewerRecord & { readonly blobs: readonly (Uint8Array | undefined)[] }> {
    const own =
      profileId === undefined ? [] : [profileStateView.key(profileId), this.#ledger.keyOf(profileId)];
    // Before the read: what the ledger writes meanwhile the read may or may not see.
    const completeUpTo = this.#ledger.position;
    const blobs = await beforeDeadline(this.#store.getMany([...keys, ...own]), deadline, 'the profile state');
    if (profileId === undefined) return { ...NOBODY, blobs };
    return {
      state: profileStateView.decode(blobs[keys.length]) ?? NOBODY.state,
      erasure: this.#ledger.latest(profileId, blobs[keys.length + 1]),
      completeUpTo,
      blobs: blobs.slice(0, keys.length),
    };
  }

  /** The last erasure this process has seen; for when the store cannot be asked. */
  lastSeenErasure(profileId: ProfileId): Erasure | undefined {
    return this.#ledger.latest(profileId);
  }

  /**
   * The last erasure up to the record's state, also when the ledger is a little behind the state.
   * @throws MarqueeError DEADLINE_EXCEEDED when it stays behind, and what the store throws.
   */
  async erasureAsOf(
    { state, erasure, completeUpTo }: ViewerRecord,
    profileId: ProfileId,
    deadline: Deadline,
  ): Promise<Erasure | undefined> {
    if (state.revision <= completeUpTo) return erasure;
    if (!(await this.#ledger.settled(profileId, state.revision, deadline.remainingMs()))) {
      throw new MarqueeError('DEADLINE_EXCEEDED', 'the ledger of erasures is behind');
    }
    const read = this.#store.getMany([this.#ledger.keyOf(profileId)]);
    const [stored] = await beforeDeadline(read, deadline, 'the last erasure');
    return this.#ledger.latest(profileId, stored);
  }

  /**
   * Whether the profile was erased since something was made from its state of `revision`. True also where that
   * cannot be told: it is better to make a page anew than to show one of a life that is over.
   */
  async erasedSince(
    revision: number,
    record: ViewerRecord,
    profileId: ProfileId | undefined,
    deadline: Deadline,
  ): Promise<boolean> {
    if (profileId === undefined) return false;
    if (isErased(revision, record.erasure)) return true;
    // An erasure is an action of the viewer: without any since, there was none.
    if (record.state.revision === revision) return false;
    try {
      return isErased(revision, await this.erasureAsOf(record, profileId, deadline));
    } catch {
      return true;
    }
  }
}
