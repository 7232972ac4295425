/**
 * Reads what is known about a viewer before anything is shown to them, with patience. What a page must not show is in
 * this state and nowhere else: a process that goes on with what it last knew shows again what was hidden through another
 * one a moment ago. So a store that is slow is waited for, well beyond the time of an ordinary read.
 *
 * One that is away refuses at once, and is not waited for. One that hangs is waited for by a few, until one of them has
 * waited in vain; from then on by nobody until it answers somebody. The degradation ladder answers the others.
 */
import type { ProfileId } from '@marquee/domain';
import { type Deadline, isMarqueeError } from '@marquee/service-kit';
import type { ViewerRecords } from '../erasures/viewer-records.ts';

/** From the beginning of the first attempt. */
export const PATIENT_MS = 1_000;
/** Requests that wait beyond the ordinary time at once; more would be a queue in front of a store that hangs. */
const MAX_PATIENT = 16;

export class ViewerLookUp {
  readonly #viewers: Pick<ViewerRecords, 'read'>;
  readonly #ordinaryMs: number;
  #patient = 0;
  #hangs = false;

  /** @param ordinaryMs what a read takes at most while all is well. */
  constructor(viewers: Pick<ViewerRecords, 'read'>, ordinaryMs: number) {
    this.#viewers = viewers;
    this.#ordinaryMs = ordinaryMs;
  }

  /** @throws as `ViewerRecords.read` does, once there is nothing to be gained by waiting. */
  async read(
    profileId: ProfileId | undefined,
    deadline: Deadline,
    keys: readonly string[] = [],
  ): ReturnType<ViewerRecords['read']> {
    const patience = deadline.within(Math.max(PATIENT_MS, this.#ordinaryMs));
    try {
      return await this.#attempt(profileId, deadline.within(this.#ordinaryMs), keys);
    } catch (error) {
      const inVain = this.#hangs || this.#patient >= MAX_PATIENT || patience.expired;
      // Nobody in particular has no state to miss.
      if (inVain || profileId === undefined || !isMarqueeError(error, 'DEADLINE_EXCEEDED')) throw error;
    }
    this.#patient++;
    try {
      return await this.#again(profileId, patience, keys);
    } finally {
      this.#patient--;
    }
  }

  /** The store may have a shorter deadline of its own, and then be asked once more. */
  async #again(profileId: ProfileId, patience: Deadline, keys: readonly string[]) {
    for (;;) {
      const before = patience.remainingMs();
      try {
        return await this.#attempt(profileId, patience, keys);
      } catch (error) {
        const refusedAtOnce = before - patience.remainingMs() < this.#ordinaryMs;
        if (patience.expired) this.#hangs = true;
        if (patience.expired || refusedAtOnce) throw error;
      }
    }
  }

  async #attempt(profileId: ProfileId | undefined, bound: Deadline, keys: readonly string[]) {
    const record = await this.#viewers.read(profileId, bound, keys);
    this.#hangs = false;
    return record;
  }
}
