/**
 * Has the model in shadow score pages that were served already, and keeps count of how it would have differed. One page at a time and a
 * short queue: what does not fit is dropped and counted, so that nothing it does can slow down what is served.
 */
import { randomUUID } from 'node:crypto';
import type { KeyValueStore } from '@marquee/feature-store';
import { addSlate, emptyTally, type ShadowTally, writeShadowTally } from '@marquee/model-registry/trials';
import { type Component, deadlineAfter, type Logger, type Metrics, READY } from '@marquee/service-kit';
import type { TrialModels, TriedModel } from './trial-models.ts';

const MAX_PENDING = 4;
const SCORING_MS = 2_000;
const WRITE_EVERY_MS = 2_000;

export interface ServedPage {
  /** Row-major, of the ranker's columns. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** What the page was ordered by, and the probabilities that were served. */
  readonly order: Float32Array;
  readonly probability: Float32Array;
  readonly milliseconds: number;
}

export interface ShadowScorerDeps {
  readonly trials: Pick<TrialModels, 'shadow'>;
  readonly store: Pick<KeyValueStore, 'putMany'>;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

export class ShadowScorer implements Component {
  readonly name = 'shadow-scorer';
  readonly #deps: ShadowScorerDeps;
  readonly #processId = randomUUID();
  #version = '';
  #tally: ShadowTally = emptyTally();
  #written = 0;
  #pending = 0;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ShadowScorerDeps) {
    this.#deps = deps;
  }

  /** The model to offer pages for; undefined while none is in shadow. */
  get model(): TriedModel | undefined {
    return this.#deps.trials.shadow;
  }

  /** Returns at once. */
  offer(page: ServedPage): void {
    const { model } = this;
    if (model === undefined) return;
    if (model.version !== this.#version) this.#begin(model.version);
    if (this.#pending >= MAX_PENDING) {
      this.#tally.dropped++;
      this.#count('dropped');
      return;
    }
    this.#pending++;
    this.#work = this.#work.then(() => this.#score(model, page)).finally(() => this.#pending--);
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => void this.#write(), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#work;
    await this.#write();
  }

  readonly readiness = () => READY;

  #begin(version: string): void {
    this.#version = version;
    this.#tally = emptyTally();
    this.#written = 0;
  }

  async #score(model: TriedModel, page: ServedPage): Promise<void> {
    const { matrix, rows, columns, order, probability, milliseconds } = page;
    if (model.version !== this.#version) return;
    const startedAt = performance.now();
    try {
      const predicted = await model.runtime.predict({
        matrix,
        rows,
        columns,
        deadline: deadlineAfter(SCORING_MS),
      });
      if (model.version !== this.#version) return;
      addSlate(this.#tally, {
        ...{ productionOrder: order, productionProbability: probability, productionMs: milliseconds },
        shadowOrder: predicted.value ?? predicted.probability,
        shadowProbability: predicted.probability,
        shadowMs: performance.now() - startedAt,
      });
      this.#count('scored');
    } catch (error) {
      this.#tally.failed++;
      this.#count('failed');
      this.#deps.logger.debug({ err: error, version: model.version }, 'the model in shadow could not score');
    }
  }

  async #write(): Promise<void> {
    const { slates, dropped, failed } = this.#tally;
    if (slates + dropped + failed === this.#written) return;
    try {
      await writeShadowTally(this.#deps.store, this.#version, this.#processId, this.#tally);
      this.#written = slates + dropped + failed;
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'what a model in shadow did was not written; it is tried again');
    }
  }

  #count(outcome: string): void {
    this.#deps.metrics?.count('marquee_shadow_slates_total', { outcome });
  }
}
