/**
 * How many pages a process makes at the same moment. Making one is almost all computing: ten at once take ten times as
 * long each, run out of time together, and leave nothing that a later request could reuse, so that a process which starts
 * with nothing stored would never get out of it. A few at once are finished and stored; who cannot have a turn in time is
 * answered by the next step of the ladder at once.
 */
import type { Deadline } from '@marquee/service-kit';

/** More than one, because a page also waits: for stores, and for the ranker's thread. */
const MAX_AT_ONCE = 4;
/** A page whose time was up halves the number, so many pages that were made give one back. */
const PAGES_PER_STEP = 5;
const MAX_WAITING = 128;
/** Of a page, until one was made. */
const FIRST_GUESS_MS = 50;
const LEARNING_RATE = 0.1;
/** A page that takes its whole time is one that some part is away for; it must not keep everybody else from trying. */
const MOST_OF_THE_TIME = 0.5;

/** There was no turn, or too little time after it. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';
  readonly component = 'page-making';
}

interface Waiter {
  readonly begin: () => void;
}

export class MakingLine {
  readonly #wholeMs: number;
  readonly #waiting = new Set<Waiter>();
  #making = 0;
  /** Fewer than the most while they do not get done: others may want the processor too. */
  #atOnce = MAX_AT_ONCE;
  #typicalMs = FIRST_GUESS_MS;

  /** @param wholeMs a page's time when nobody is in its way. */
  constructor(wholeMs: number) {
    this.#wholeMs = wholeMs;
  }

  /** First come, first served. @throws NoTurn, and what the work throws. */
  async make<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
    await this.#turn(deadline);
    const beganAt = performance.now();
    try {
      const made = await work();
      this.#atOnce = Math.min(MAX_AT_ONCE, this.#atOnce + 1 / PAGES_PER_STEP);
      return made;
    } catch (error) {
      if (deadline.expired) this.#atOnce = Math.max(1, this.#atOnce / 2);
      throw error;
    } finally {
      const took = Math.min(performance.now() - beganAt, MOST_OF_THE_TIME * this.#wholeMs);
      this.#typicalMs += LEARNING_RATE * (took - this.#typicalMs);
      this.#making--;
      this.#next();
    }
  }

  async #turn(deadline: Deadline): Promise<void> {
    if (this.#making < Math.floor(this.#atOnce)) {
      this.#making++;
      return;
    }
    const patienceMs = deadline.remainingMs() - this.#typicalMs;
    if (patienceMs <= 0 || this.#waiting.size >= MAX_WAITING)
      throw new NoTurn('too many pages are being made');
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new NoTurn('there would be too little time after the turn'));
      }, patienceMs);
      this.#waiting.add(waiter);
    });
  }

  #next(): void {
    for (const waiter of this.#waiting) {
      if (this.#making >= Math.floor(this.#atOnce)) return;
      this.#waiting.delete(waiter);
      this.#making++;
      waiter.begin();
    }
  }
}
