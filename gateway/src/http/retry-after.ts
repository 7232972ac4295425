/**
 * When a refused client may come back. The same number for all would bring them back together, so the answers go
 * round a few; in turn rather than at random, so that a run can be repeated.
 */

/** The longest wait that is asked for: a queue that was full is empty again long before. */
const MAX_SECONDS = 3;

export class RetryAfter {
  #last = 0;

  /** Whole seconds, as the header has them: 1 to 3. */
  next(): string {
    this.#last = (this.#last % MAX_SECONDS) + 1;
    return String(this.#last);
  }
}
