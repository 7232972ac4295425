/**
 * The threads of one model version and the queue in front of them. A request waits for the first thread that is
 * free; one whose time is up leaves the queue without being run. A thread that dies takes one request with it
 * and is replaced.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeDeadline, type Deadline, type Logger, MarqueeError } from '@marquee/service-kit';
import type { ModelManifest } from '../manifest.ts';
import type { VerifiedModel } from '../model-folder.ts';
import { SessionThread } from './session-thread.ts';

export interface SessionPoolOptions {
  readonly model: VerifiedModel;
  readonly threads: number;
  readonly maxQueued: number;
  /** Of the runs before the first request. */
  readonly warmUpRows: number;
  readonly logger: Logger;
}

interface Job {
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly deadline: Deadline;
  resolve(scores: readonly Float32Array[]): void;
  reject(error: unknown): void;
}

const SLOWEST_RESTART_MS = 5_000;

export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #threads = new Set<SessionThread>();
  readonly #idle: SessionThread[] = [];
  /** In the order of arrival. */
  readonly #waiting = new Set<Job>();
  readonly #running = new Set<Job>();
  readonly #restarts = new Set<Promise<void>>();
  readonly #retiring = new AbortController();
  #deathsInARow = 0;
  #whenIdle: (() => void) | undefined;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  get manifest(): ModelManifest {
    return this.#options.model.manifest;
  }

  get threads(): number {
    return this.#threads.size;
  }

  /** Opens and warms every thread, or none. @throws MarqueeError MODEL_INCOMPATIBLE */
  async start(): Promise<void> {
    const results = await Promise.allSettled(
      Array.from({ length: this.#options.threads }, () => this.#startThread()),
    );
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    await this.retire();
    const cause: unknown = failure.reason;
    const { name, version } = this.manifest;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MarqueeError('MODEL_INCOMPATIBLE', {
      message: `${name} ${version} cannot be run: ${why}`,
      cause,
    });
  }

  /** @param matrix is given away. @returns by output, probability first. @throws MarqueeError OVERLOADED, DEADLINE_EXCEEDED, DEPENDENCY_UNAVAILABLE */
  async score(matrix: Float32Array, rows: number, deadline: Deadline): Promise<readonly Float32Array[]> {
    if (deadline.expired) throw new MarqueeError('DEADLINE_EXCEEDED', 'no time is left for scoring');
    if (this.#idle.length === 0 && this.#waiting.size >= this.#options.maxQueued) {
      throw new MarqueeError('OVERLOADED', `${this.#waiting.size} scorings are waiting`);
    }
    let job: Job | undefined;
    const scored = new Promise<readonly Float32Array[]>((resolve, reject) => {
      job = { matrix, rows, deadline, resolve, reject };
      this.#waiting.add(job);
    });
    this.#dispatch();
    try {
      return await beforeDeadline(scored, deadline, 'scoring');
    } finally {
      this.#waiting.delete(job!);
      this.#settleIdle();
    }
  }

  /** Finishes what waits and runs, then ends the threads. New requests must not come any more. */
  async retire(): Promise<void> {
    if (this.#waiting.size + this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#retiring.abort();
    await Promise.allSettled(this.#restarts);
    await Promise.all([...this.#threads].map((thread) => thread.close()));
    this.#threads.clear();
  }

  #dispatch(): void {
    for (const job of this.#waiting) {
      if (job.deadline.expired) {
        this.#waiting.delete(job);
        job.reject(new MarqueeError('DEADLINE_EXCEEDED', 'the time for scoring passed in the queue'));
        continue;
      }
      const thread = this.#idle.pop();
      if (thread === undefined) return;
      this.#waiting.delete(job);
      void this.#run(thread, job);
    }
  }

  async #run(thread: SessionThread, job: Job): Promise<void> {
    this.#running.add(job);
    try {
      job.resolve(await thread.score(job.matrix, job.rows));
      this.#deathsInARow = 0;
    } catch (error) {
      job.reject(error);
    } finally {
      this.#running.delete(job);
      if (this.#threads.has(thread)) {
        this.#idle.push(thread);
        this.#dispatch();
      }
      this.#settleIdle();
    }
  }

  #settleIdle(): void {
    if (this.#waiting.size + this.#running.size === 0) this.#whenIdle?.();
  }

  async #startThread(): Promise<void> {
    const thread = new SessionThread((death) => this.#onDeath(thread, death));
    try {
      await thread.open(this.#options.model, this.#options.warmUpRows);
    } catch (error) {
      await thread.close();
      throw error;
    }
    this.#threads.add(thread);
    this.#idle.push(thread);
    this.#dispatch();
  }

  #onDeath(thread: SessionThread, death: MarqueeError): void {
    // One that dies while it is being opened was never in the pool: whoever opens it is told.
    if (!this.#threads.delete(thread)) return;
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#options.logger.error({ err: death }, 'a scoring thread has died and is being replaced');
    const restart = this.#replace().finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
  }

  /** Tries until it succeeds or the pool retires; the first time at once, then with more and more rest. */
  async #replace(): Promise<void> {
    const { signal } = this.#retiring;
    while (!signal.aborted) {
      const restMs =
        this.#deathsInARow === 0 ? 0 : Math.min(SLOWEST_RESTART_MS, 50 * 2 ** this.#deathsInARow);
      this.#deathsInARow++;
      try {
        if (restMs > 0) await pause(restMs, undefined, { signal });
        await this.#startThread();
        return;
      } catch (error) {
        if (!signal.aborted)
          this.#options.logger.error({ err: error }, 'a scoring thread cannot be replaced yet');
      }
    }
  }
}
