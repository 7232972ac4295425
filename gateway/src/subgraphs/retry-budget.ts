/**
 * How many requests may be sent a second time: a share of all, plus a few per second, so that retries help when one
 * copy fails and cannot double the load when all of them do. (Finagle's retry budget; Google SRE book, ch. 22.)
 */
export interface RetryBudgetOptions {
  /** Retries earned per request. Default 0.2. */
  readonly share?: number;
  /** Retries allowed per second whatever the load. Default 5. */
  readonly perSecond?: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
}

/** Seconds of earnings that can be saved up. */
const HORIZON_SECONDS = 10;

export class RetryBudget {
  readonly #share: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #balance: number;
  #updatedAt: number;

  constructor({ share = 0.2, perSecond = 5, now }: RetryBudgetOptions) {
    this.#share = share;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#balance = perSecond;
    this.#updatedAt = now();
  }

  /** For every first try. */
  earn(): void {
    this.#balance = Math.min(this.#bound(), this.#balance + this.#share);
  }

  /** True when one retry may be sent; it is paid for then. */
  spend(): boolean {
    const now = this.#now();
    const seconds = (now - this.#updatedAt) / 1000;
    this.#updatedAt = now;
    this.#balance = Math.min(this.#bound(), this.#balance + seconds * this.#perSecond);
    if (this.#balance < 1) return false;
    this.#balance--;
    return true;
  }

  /** A busy gateway may save more than a quiet one, a quiet one at least its allowance. */
  #bound(): number {
    return Math.max(1, this.#perSecond) * HORIZON_SECONDS;
  }
}
