/**
 * Runs what happens after the answer. Each side effect starts in a later turn of the event loop than the one
 * that returns the result, so it cannot delay it. Bounded in number and in time.
 */
import { setImmediate } from 'node:timers';
import { ComponentTimedOut } from './errors.ts';
import type { Candidate, PipelineOptions, PipelineResult, SideEffect } from './stages.ts';

const DEFAULT_MAX_RUNNING = 256;

export class SideEffectRunner<Q, C extends Candidate> {
  readonly #sideEffects: readonly SideEffect<Q, C>[];
  readonly #maxRunning: number;
  readonly #options: PipelineOptions;
  /** Cuts off one running side effect. */
  readonly #running = new Set<(reason: string) => void>();
  readonly #idle = new Set<() => void>();
  #draining = false;
  #failures = 0;

  constructor(sideEffects: readonly SideEffect<Q, C>[], options: PipelineOptions) {
    this.#sideEffects = sideEffects;
    this.#maxRunning = options.maxRunningSideEffects ?? DEFAULT_MAX_RUNNING;
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  schedule(result: PipelineResult<Q, C>): void {
    for (const sideEffect of this.#sideEffects) {
      if (this.#draining) this.#fail(sideEffect.name, new Error('refused: the pipeline is shutting down'));
      else if (this.#running.size >= this.#maxRunning) {
        this.#fail(sideEffect.name, new Error(`refused: ${this.#maxRunning} side effects are running`));
      } else this.#start(sideEffect, result);
    }
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    if (this.#running.size === 0) return;
    const timer = setTimeout(() => {
      for (const cutOff of [...this.#running]) cutOff(`not done when draining ended after ${timeoutMs} ms`);
    }, timeoutMs);
    await new Promise<void>((resolve) => this.#idle.add(resolve));
    clearTimeout(timer);
  }

  #start(sideEffect: SideEffect<Q, C>, result: PipelineResult<Q, C>): void {
    let timer: NodeJS.Timeout | undefined;
    const finish = (error?: unknown): void => {
      // Whichever comes first counts: the end, the time-out or the end of draining.
      if (!this.#running.delete(cutOff)) return;
      clearTimeout(timer);
      if (error !== undefined) this.#fail(sideEffect.name, error);
      if (this.#running.size === 0) {
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
      }
    };
    const cutOff = (reason: string): void => finish(new ComponentTimedOut(reason));
    this.#running.add(cutOff);
    // Handed over, not closed over: what the time-out can reach lives for as long as the side effect may take, and a result holds
    // every candidate there was.
    const begin = (given: PipelineResult<Q, C>): void => {
      if (!this.#running.has(cutOff)) return;
      timer = setTimeout(() => cutOff(`not done within ${sideEffect.timeoutMs} ms`), sideEffect.timeoutMs);
      try {
        sideEffect.run(given).then(
          () => finish(),
          (error: unknown) => finish(error ?? new Error('failed without an error')),
        );
      } catch (error) {
        finish(error ?? new Error('failed without an error'));
      }
    };
    setImmediate(begin, result);
  }

  #fail(sideEffect: string, error: unknown): void {
    this.#failures++;
    this.#options.onSideEffectFailure?.({ sideEffect, error });
  }
}
