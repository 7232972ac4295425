/**
 * Calls a component within its time. The abort signal and the random stream are made only when a component
 * asks for them: most never do, and they are the dearest part of a call.
 */
import { componentRandom } from './component-random.ts';
import { ComponentTimedOut } from './errors.ts';
import type { StageContext } from './stages.ts';

/** What all components of one run share. */
export interface RunClock {
  readonly seed: number;
  /** `performance.now()` at which the request's time is up. */
  readonly deadlineAt: number;
}

export class BoundedContext implements StageContext {
  readonly #run: RunClock;
  readonly #hash: number;
  /** Of the component's own time and the request's, what ends first. */
  #endsAt: number;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #random: (() => number) | undefined;

  constructor(run: RunClock, hash: number) {
    this.#run = run;
    this.#hash = hash;
    this.#endsAt = run.deadlineAt;
    // Components may take the methods off the context.
    this.remainingMs = this.remainingMs.bind(this);
    this.random = this.random.bind(this);
  }

  remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** The component's time begins now. @returns how much it is: `timeoutMs`, or what is left of the request's. */
  begin(timeoutMs: number): number {
    const bound = Math.min(timeoutMs, this.remainingMs());
    this.#endsAt = performance.now() + bound;
    return bound;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  random(): number {
    this.#random ??= componentRandom(this.#run.seed, this.#hash);
    return this.#random();
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }
}

/**
 * The call's result, or ComponentTimedOut (and an aborted signal) when `timeoutMs` or the request's own time
 * passes first. A call whose time is already up is not made. Results that come too late are ignored.
 */
export function boundedCall<T>(
  call: (context: StageContext) => Promise<T>,
  context: BoundedContext,
  timeoutMs: number,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const bound = context.begin(timeoutMs);
    const expire = (): void => {
      const error = new ComponentTimedOut(
        bound < timeoutMs ? "the request's time was up" : `no answer within ${timeoutMs} ms`,
      );
      reject(error);
      context.abort(error);
    };
    if (bound <= 0) {
      expire();
      return;
    }
    const timer = setTimeout(expire, Math.ceil(bound));
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(error);
    };
    try {
      call(context).then((value) => {
        clearTimeout(timer);
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}
