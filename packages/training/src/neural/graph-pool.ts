/** Threads that run one graph, each on its own inputs. Which thread runs what changes no result. */
import { startOnnxThread } from '@marquee/model-runtime/onnx-thread';
import { MarqueeError } from '@marquee/service-kit';
import type { Feeds, GraphReply, GraphRequest, Results } from './graph-messages.ts';

const CLOSE_TIMEOUT_MS = 5_000;

export interface GraphPool {
  /**
   * Waits for a free thread. What is asked first starts first.
   * @throws MarqueeError INTERNAL_SERVER_ERROR when the graph or its thread fails; the signal's reason when aborted
   */
  run(feeds: Feeds, fetches: readonly string[]): Promise<Results>;
  /** After the runs that have begun. Idempotent. */
  close(): Promise<void>;
}

export interface GraphPoolOptions {
  readonly threads: number;
  /** Ends waiting at once; a thread finishes the run it is in, since stopping it there would abort the process. */
  readonly signal?: AbortSignal;
}

export async function openGraphPool(
  graph: Uint8Array,
  { threads, signal }: GraphPoolOptions,
): Promise<GraphPool> {
  signal?.throwIfAborted();
  const all = Array.from({ length: threads }, () => new GraphThread());
  const free = [...all];
  const waiting: ((thread: GraphThread) => void)[] = [];
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    closed ??= Promise.all(all.map((thread) => thread.close())).then(() => undefined);
    await closed;
  }

  async function run(feeds: Feeds, fetches: readonly string[]): Promise<Results> {
    const thread = free.pop() ?? (await new Promise<GraphThread>((resolve) => waiting.push(resolve)));
    try {
      signal?.throwIfAborted();
      const reply = await thread.ask({ type: 'run', feeds, fetches });
      signal?.throwIfAborted();
      return reply.outcome === 'ran' ? reply.results : {};
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(thread);
      else next(thread);
    }
  }

  try {
    await Promise.all(all.map((thread) => thread.ask({ type: 'open', graph })));
  } catch (error) {
    await close();
    throw error;
  }
  return { run, close };
}

class GraphThread {
  readonly #worker = startOnnxThread(new URL('./graph.worker.ts', import.meta.url), {
    name: 'training-graph',
  });
  readonly #exited: Promise<void>;
  #pending: { resolve(reply: GraphReply): void; reject(error: Error): void } | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #dead: MarqueeError | undefined;

  constructor() {
    // Only what is asked holds the process.
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#worker.on('message', (reply: GraphReply) => {
      const pending = this.#pending;
      this.#pending = undefined;
      if (reply.outcome === 'failed') pending?.reject(failure(`a training graph failed: ${reply.message}`));
      else pending?.resolve(reply);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#dead = failure('a training thread ended', cause);
        this.#pending?.reject(this.#dead);
        this.#pending = undefined;
        resolve();
      });
    });
  }

  ask(request: GraphRequest): Promise<GraphReply> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const reply = new Promise<GraphReply>((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(request);
    }).finally(() => this.#worker.unref());
    this.#running = reply.catch(() => undefined);
    return reply;
  }

  /** Never terminated: ending a thread inside the native library aborts the process. */
  async close(): Promise<void> {
    await this.#running;
    if (this.#dead !== undefined) return;
    this.#worker.ref();
    this.#worker.postMessage({ type: 'close' } satisfies GraphRequest);
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#exited, given]);
    clearTimeout(timer);
    this.#worker.unref();
  }
}

function failure(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('INTERNAL_SERVER_ERROR', { message, ...(cause === undefined ? {} : { cause }) });
}
