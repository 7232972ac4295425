/** The main thread's end of the scanning thread: requests and their replies, and word of its death. */
import { Worker } from 'node:worker_threads';
import { MarqueeError } from '@marquee/service-kit';
import type { Neighbours, ScanReply, ScanRequest } from './messages.ts';

interface Pending {
  resolve(neighbours: readonly Neighbours[]): void;
  reject(error: Error): void;
}

export class ScanThread {
  readonly #onDeath: (error: Error) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 0;

  /** @param onDeath is called when the thread ends without having been told to. */
  constructor(onDeath: (error: Error) => void) {
    this.#onDeath = onDeath;
  }

  start(): void {
    const worker = new Worker(new URL('./scan.worker.ts', import.meta.url), { name: 'vector-scan' });
    let fault: Error | undefined;
    worker.on('message', ({ id, reply }: { id: number; reply: ScanReply }) => this.#settle(id, reply));
    worker.on('error', (error: Error) => {
      fault = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      const death = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
        message: `the vector index's thread ended with code ${code}`,
        cause: fault,
      });
      for (const { reject } of this.#pending.values()) reject(death);
      this.#pending.clear();
      this.#onDeath(death);
    });
    this.#worker = worker;
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE when the thread is not there or dies, DEADLINE_EXCEEDED. */
  request(request: ScanRequest): Promise<readonly Neighbours[]> {
    const worker = this.#worker;
    if (worker === undefined) {
      return Promise.reject(
        new MarqueeError('DEPENDENCY_UNAVAILABLE', "the vector index's thread is not running"),
      );
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, request });
    });
  }

  /** Waits for nothing: the caller has settled its requests. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #settle(id: number, reply: ScanReply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    switch (reply.outcome) {
      case 'done':
        pending?.resolve(reply.neighbours);
        break;
      case 'expired':
        pending?.reject(
          new MarqueeError('DEADLINE_EXCEEDED', 'the vector search did not end within its deadline'),
        );
        break;
      case 'failed':
        pending?.reject(
          new MarqueeError('DEPENDENCY_UNAVAILABLE', `the vector index failed: ${reply.message}`),
        );
        break;
    }
  }
}
