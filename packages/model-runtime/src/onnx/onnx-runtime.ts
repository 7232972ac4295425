/**
 * The embedded model runtime: onnxruntime-node in worker threads. A new model gets new threads; once they are
 * warm, requests go to them, and the old threads end when they have finished. (Sessions leak when they are
 * replaced within a thread, so threads are replaced instead.)
 */
import type { ModelVersion } from '@marquee/domain';
import { deadlineAfter, type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import {
  MAX_ROWS,
  type ModelRuntime,
  type Predictions,
  type ScoringRequest,
  type VectorRuntime,
} from '../index.ts';
import { readServableModel } from '../model-folder.ts';
import { SessionPool } from './session-pool.ts';

export interface OnnxRuntimeOptions {
  /** Threads per model; twice as many while one replaces another. */
  readonly threads: number;
  /** Requests that may wait for a thread; more are refused with OVERLOADED. Default 64. */
  readonly maxQueued?: number;
  /** The ranking columns that callers fill, in order; models trained on others are refused. */
  readonly columns: readonly string[];
  /** Feature view name → version that callers read; models trained on others are refused. */
  readonly featureViews: Readonly<Record<string, number>>;
  /** Rows of the runs that warm a model, about as many as a request has. Default 256, a page's candidates. */
  readonly warmUpRows?: number;
  readonly logger: Logger;
}

const DEFAULT_MAX_QUEUED = 64;
const DEFAULT_WARM_UP_ROWS = 256;
/** For requests that bring no deadline. */
const DEFAULT_SCORING_MS = 2_000;

export class OnnxRuntime implements ModelRuntime, VectorRuntime {
  readonly name = 'model-runtime';
  readonly #options: OnnxRuntimeOptions;
  readonly #logger: Logger;
  #pool: SessionPool | undefined;
  /** Loads run one after the other, so that the last one asked for wins. */
  #loads: Promise<unknown> = Promise.resolve();
  readonly #retiring = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: OnnxRuntimeOptions) {
    if (!(Number.isInteger(options.threads) && options.threads >= 1)) {
      throw new MarqueeError('CONFIG_INVALID', 'a model runtime has at least one thread');
    }
    this.#options = options;
    this.#logger = options.logger.child({ component: this.name });
  }

  get current(): ModelVersion | undefined {
    return this.#pool && versionOf(this.#pool);
  }

  /** There is nothing to run before a model is loaded. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loads;
    this.#retire(this.#pool);
    this.#pool = undefined;
    await Promise.all(this.#retiring);
  }

  readiness(): Readiness {
    if (this.#stopped) return { ready: false, detail: 'stopped' };
    if (this.#pool === undefined) return { ready: false, detail: 'no model is loaded' };
    const { threads } = this.#pool;
    if (threads === this.#options.threads) return READY;
    return {
      ready: threads > 0,
      detail: `${threads} of ${this.#options.threads} scoring threads are running`,
    };
  }

  async score(request: ScoringRequest): Promise<Float32Array> {
    return (await this.predict(request)).probability;
  }

  async predict(request: ScoringRequest): Promise<Predictions> {
    const { model, outputs } = await this.#run(request);
    const [probability, value] = outputs;
    return { model, probability: probability!, ...(value && { value }) };
  }

  async embed(request: ScoringRequest): Promise<Float32Array> {
    return (await this.#run(request)).outputs[0]!;
  }

  /** All of it by the version that is current when it is asked. @returns by output; for no rows the first alone */
  async #run({ matrix, rows, columns, deadline }: ScoringRequest) {
    const pool = this.#pool;
    if (pool === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'no model is loaded');
    const expected = pool.manifest.input.columns.length;
    if (columns !== expected) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `the model has ${expected} columns`,
        field: 'columns',
      });
    }
    if (!(Number.isInteger(rows) && rows >= 0 && rows <= MAX_ROWS)) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `rows are between 0 and ${MAX_ROWS}`,
        field: 'rows',
      });
    }
    if (matrix.length !== rows * columns) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: 'the matrix is not rows × columns',
        field: 'matrix',
      });
    }
    const model = versionOf(pool);
    if (rows === 0) return { model, outputs: [new Float32Array(0)] };
    const inTime = deadline ?? deadlineAfter(DEFAULT_SCORING_MS);
    return { model, outputs: await pool.score(matrix.slice(), rows, inTime) };
  }

  load(folder: string): Promise<ModelVersion> {
    const loaded = this.#loads.then(() => this.#load(folder));
    this.#loads = loaded.catch(() => undefined);
    return loaded;
  }

  async #load(folder: string): Promise<ModelVersion> {
    if (this.#stopped) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the model runtime has stopped');
    const { threads, maxQueued = DEFAULT_MAX_QUEUED, warmUpRows = DEFAULT_WARM_UP_ROWS } = this.#options;
    const model = await readServableModel(folder, this.#options);
    const pool = new SessionPool({ model, threads, maxQueued, warmUpRows, logger: this.#logger });
    await pool.start();
    const previous = this.#pool;
    this.#pool = pool;
    this.#retire(previous);
    const version = this.current!;
    this.#logger.info({ model: version }, 'a model was loaded');
    return version;
  }

  #retire(pool: SessionPool | undefined): void {
    if (pool === undefined) return;
    const retired = pool.retire().finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }
}

function versionOf({ manifest: { name, version } }: SessionPool): ModelVersion {
  return { name, version };
}
