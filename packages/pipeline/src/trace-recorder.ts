/** Collects what happened in one run, in the order of the definition, whoever finished first. */
import type { ComponentTrace, PipelineTrace } from './stages.ts';

export class TraceRecorder {
  readonly #pipeline: string;
  readonly #seed: number;
  readonly #startedAt: number;
  readonly #components: ComponentTrace[] = [];

  constructor(pipeline: string, seed: number, startedAt: number) {
    this.#pipeline = pipeline;
    this.#seed = seed;
    this.#startedAt = startedAt;
  }

  add(component: ComponentTrace): void {
    this.#components.push(component);
  }

  /** The trace up to now. */
  trace(): PipelineTrace {
    const components = Object.freeze([...this.#components]);
    return Object.freeze({
      pipeline: this.#pipeline,
      seed: this.#seed,
      milliseconds: performance.now() - this.#startedAt,
      components,
      degraded: components
        .filter(({ outcome }) => outcome === 'omitted' || outcome === 'defaulted')
        .map(({ name, kind, error }) => ({ component: name, kind, error: error ?? '' })),
    });
  }
}
