/** A fixed number of permits and a bounded queue for them, first come, first served. */

export type Refusal = 'queue full' | 'timed out' | 'closed';

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (why: Refusal) => void;
}

export class Permits {
  readonly #max: number;
  readonly #maxWaiting: number;
  readonly #timeoutMs: number;
  readonly #refusal: (why: Refusal) => Error;
  readonly #waiters = new Set<Waiter>();
  #taken = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: {
    readonly max: number;
    readonly maxWaiting: number;
    readonly timeoutMs: number;
    readonly refusal: (why: Refusal) => Error;
  }) {
    this.#max = options.max;
    this.#maxWaiting = options.maxWaiting;
    this.#timeoutMs = options.timeoutMs;
    this.#refusal = options.refusal;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves when the caller has a permit, which it must `release`. Rejects with the refusal. */
  async acquire(): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken++;
      return;
    }
    if (this.#waiters.size >= this.#maxWaiting) throw this.#refusal('queue full');
    await new Promise<void>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        act();
      };
      const waiter: Waiter = {
        grant: () => settle(resolve),
        refuse: (why) => settle(() => reject(this.#refusal(why))),
      };
      const timer = setTimeout(() => waiter.refuse('timed out'), this.#timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  /** Hands the permit on: the number taken does not change while somebody waits. */
  release(): void {
    const [next] = this.#waiters;
    if (next === undefined) this.#taken--;
    else next.grant();
    if (this.#taken === 0) this.#onIdle?.();
  }

  /** Refuses everybody who waits; resolves when all permits are back. Nobody may ask for one any more. */
  async close(): Promise<void> {
    for (const waiter of [...this.#waiters]) waiter.refuse('closed');
    if (this.#taken === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
