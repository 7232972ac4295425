/** Callers that wait until a consumer has come as far as they need. */
interface Waiter {
  readonly sequence: number;
  readonly resolve: (reached: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

export class PositionWaiters {
  readonly #waiters = new Set<Waiter>();
  #position = 0;

  get position(): number {
    return this.#position;
  }

  /** False when `timeoutMs` passes first. */
  waitFor(sequence: number, timeoutMs: number): Promise<boolean> {
    if (this.#position >= sequence) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        resolve(false);
      }, timeoutMs);
      const waiter: Waiter = { sequence, resolve, timer };
      this.#waiters.add(waiter);
    });
  }

  reached(position: number): void {
    this.#position = position;
    for (const waiter of this.#waiters) {
      if (waiter.sequence > position) continue;
      clearTimeout(waiter.timer);
      this.#waiters.delete(waiter);
      waiter.resolve(true);
    }
  }
}
