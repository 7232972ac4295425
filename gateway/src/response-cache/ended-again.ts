/**
 * Subjects that are to end once more some time after they have ended: whoever computed an answer from a memory of its own, which had
 * not heard of the change, has put it in the place of what was ended.
 */
const MAX_WAITING = 10_000;

export class EndedAgain {
  readonly #afterMs: number;
  readonly #end: (subjects: readonly string[]) => void;
  /** Subject → when, on the process's own clock; in that order. */
  readonly #due = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param end may fail: it has to see to that itself. */
  constructor(afterMs: number, end: (subjects: readonly string[]) => void) {
    this.#afterMs = afterMs;
    this.#end = end;
  }

  /** Beyond ten thousand that wait, more are left to their age. */
  add(subjects: readonly string[]): void {
    for (const subject of subjects) {
      this.#due.delete(subject);
      if (this.#due.size < MAX_WAITING) this.#due.set(subject, performance.now() + this.#afterMs);
    }
    this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  #plan(): void {
    const [next] = this.#due.values();
    if (next === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#endDue(), Math.max(1, next - performance.now()));
    this.#timer.unref();
  }

  #endDue(): void {
    this.#timer = undefined;
    const now = performance.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([subject]) => subject);
    for (const subject of due) this.#due.delete(subject);
    if (due.length > 0) this.#end(due);
    this.#plan();
  }
}
