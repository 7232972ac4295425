/**
 * Leaves a subgraph alone that has not answered many times in a row: whoever asks then is told so at once, instead of
 * waiting for what will not come while holding a place that others need. After a rest one request tries whether it is
 * back; the rest doubles with every try that comes to nothing. (M. Nygard, Release It!, ch. 5.)
 */
export interface CircuitBreakerOptions {
  /** In a row, with no answer in between. */
  readonly failures: number;
  /** The first rest. */
  readonly restMs: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
}

/** `trial`: of this request it depends whether others may follow. `refused`: it may not be sent. */
export type Passage = 'free' | 'trial' | 'refused';
/** `unknown`: it was given up before anybody could tell. */
export type Outcome = 'answered' | 'failed' | 'unknown';

const MAX_REST_MS = 10_000;

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #rests = 0;
  #restsUntil: number | undefined;
  #isTried = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#restsUntil !== undefined;
  }

  /**
   * Whoever sends may fail in a way that says nothing of the subgraph: then the next one tries.
   * @returns undefined where it may not be sent.
   */
  through<Result>(
    send: () => Promise<Result>,
    outcomeOf: (result: Result) => Outcome,
  ): Promise<Result> | undefined {
    const passage = this.enter();
    return passage === 'refused' ? undefined : this.#sent(passage, send, outcomeOf);
  }

  async #sent<Result>(
    passage: Exclude<Passage, 'refused'>,
    send: () => Promise<Result>,
    outcomeOf: (result: Result) => Outcome,
  ): Promise<Result> {
    let outcome: Outcome = 'unknown';
    try {
      const result = await send();
      outcome = outcomeOf(result);
      return result;
    } finally {
      this.left(passage, outcome);
    }
  }

  /** Every passage but `refused` is told to `left` what became of it. */
  enter(): Passage {
    if (this.#restsUntil === undefined) return 'free';
    if (this.#isTried || this.#options.now() < this.#restsUntil) return 'refused';
    this.#isTried = true;
    return 'trial';
  }

  left(passage: Exclude<Passage, 'refused'>, outcome: Outcome): void {
    if (passage === 'trial') this.#isTried = false;
    if (outcome === 'answered') {
      this.#failures = 0;
      this.#rests = 0;
      this.#restsUntil = undefined;
    } else if (outcome === 'failed') this.#failed(passage);
  }

  #failed(passage: Passage): void {
    // What was sent before it was left alone says nothing new.
    if (this.isOpen && passage !== 'trial') return;
    this.#failures++;
    const { failures, restMs, now } = this.#options;
    if (this.#failures < failures) return;
    this.#restsUntil = now() + Math.min(MAX_REST_MS, restMs * 2 ** Math.min(this.#rests++, 20));
  }
}
