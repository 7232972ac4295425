/** The main thread's end of one session's thread: one request at a time, and word of its end. */
import type { Worker } from 'node:worker_threads';
import { MarqueeError } from '@marquee/service-kit';
import type { VerifiedModel } from '../model-folder.ts';
import { startOnnxThread } from '../onnx-thread.ts';
import type { ModelOutput, SessionReply, SessionRequest } from './messages.ts';

const CLOSE_TIMEOUT_MS = 2_000;

/** Probability, or the vector, first. */
function outputsOf({ output }: VerifiedModel['manifest']): readonly ModelOutput[] {
  const first = { name: output.name, width: output.dimensions ?? 1 };
  return output.value === undefined ? [first] : [first, { name: output.value, width: 1 }];
}

type Answer = Exclude<SessionReply, { outcome: 'failed' }>;

export class SessionThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #pending: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #dead: MarqueeError | undefined;
  #fault: Error | undefined;
  #closing = false;

  /** @param onDeath is called when the thread ends without having been closed. */
  constructor(onDeath: (death: MarqueeError) => void) {
    this.#worker = startOnnxThread(new URL('./session.worker.ts', import.meta.url), { name: 'onnx-session' });
    this.#worker.on('message', (reply: SessionReply) => {
      const pending = this.#pending;
      this.#pending = undefined;
      if (reply.outcome === 'failed') {
        pending?.reject(new MarqueeError('DEPENDENCY_UNAVAILABLE', `the model failed: ${reply.message}`));
      } else {
        pending?.resolve(reply);
      }
    });
    this.#worker.on('error', (error: Error) => {
      this.#fault = error;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#dead = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
          message: `a scoring thread ended with code ${code}`,
          cause: this.#fault,
        });
        this.#pending?.reject(this.#dead);
        this.#pending = undefined;
        resolve();
        if (!this.#closing) onDeath(this.#dead);
      });
    });
  }

  async open({ bytes, manifest }: VerifiedModel, warmUpRows: number): Promise<void> {
    await this.#request({
      type: 'open',
      model: bytes,
      input: manifest.input.name,
      columns: manifest.input.columns.length,
      outputs: outputsOf(manifest),
      warmUpRows,
    });
  }

  /** @param matrix is given away. @returns by output, probability first */
  async score(matrix: Float32Array, rows: number): Promise<readonly Float32Array[]> {
    const answer = await this.#request({ type: 'score', matrix, rows }, [matrix.buffer as ArrayBuffer]);
    return answer.outcome === 'scored' ? answer.scores : [];
  }

  /**
   * To be called without a request in flight. The thread releases its session and ends by itself; it is never
   * terminated, because terminating a thread that is inside the native library aborts the whole process. One
   * that does not end is left alone, and does not keep the process alive.
   */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#dead) return;
    this.#worker.postMessage({ type: 'close' } satisfies SessionRequest);
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#exited, given]);
    clearTimeout(timer);
    this.#worker.unref();
  }

  #request(request: SessionRequest, given: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(request, given);
    });
  }
}
