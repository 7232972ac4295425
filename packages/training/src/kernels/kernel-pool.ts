/**
 * Threads that run the training kernels on one shared memory. A phase is one exported function over so many chunks;
 * threads draw chunk numbers from a shared counter, and a phase ends when all are done. The main thread only waits.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MarqueeError } from '@marquee/service-kit';
import { Module, type SharedMemory, type WasmModule } from './webassembly.ts';

export interface PhaseRequest {
  readonly kernel: string;
  readonly chunks: number;
  /** Addresses, counts and numbers after the chunk and the scratch. */
  readonly parameters: readonly number[];
}

export interface ThreadData {
  readonly module: WasmModule;
  readonly memory: SharedMemory;
  /** Address of this thread's scratch. */
  readonly scratch: number;
  /** One number: the next chunk. */
  readonly next: Int32Array;
}

export type PhaseReply =
  | { readonly outcome: 'done'; readonly failedChunks: number }
  | { readonly outcome: 'failed'; readonly message: string };

export interface KernelPool {
  /**
   * One phase at a time.
   * @returns how many chunks met a matrix that is not positive definite
   */
  run(kernel: string, chunks: number, ...parameters: readonly number[]): Promise<number>;
  /** Ends the threads. Idempotent. */
  close(): Promise<void>;
}

export interface KernelPoolOptions {
  readonly memory: SharedMemory;
  /** One address per thread. */
  readonly scratch: readonly number[];
  /** Ends the threads at once, also within a phase. */
  readonly signal?: AbortSignal;
}

/** Threads to use when nobody says: as many as the machine runs at once, eight at most. */
export function defaultThreads(): number {
  return Math.min(8, availableParallelism());
}

let compiled: WasmModule | undefined;

/** @throws MarqueeError INTERNAL_SERVER_ERROR when a thread dies; the signal's reason when it is aborted */
export function createKernelPool({ memory, scratch, signal }: KernelPoolOptions): KernelPool {
  signal?.throwIfAborted();
  compiled ??= new Module(readFileSync(new URL('./kernels.wasm', import.meta.url)));
  const next = new Int32Array(new SharedArrayBuffer(4));
  let fail: ((error: unknown) => void) | undefined;
  let fault: unknown;
  const stop = (error: unknown): void => {
    fault ??= error;
    fail?.(fault);
  };
  const threads = scratch.map((at) => {
    const data: ThreadData = { module: compiled!, memory, scratch: at, next };
    const thread = new Worker(new URL('./kernel.worker.ts', import.meta.url), {
      name: 'training-kernel',
      workerData: data,
    });
    thread.on('error', (cause) => stop(threadFailure('a training thread failed', cause)));
    thread.on('exit', () => stop(threadFailure('a training thread ended')));
    // Only a running phase holds the process.
    thread.unref();
    return thread;
  });
  const abort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });

  async function close(): Promise<void> {
    signal?.removeEventListener('abort', abort);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  return {
    async run(kernel, chunks, ...parameters) {
      if (fault !== undefined) throw fault;
      Atomics.store(next, 0, 0);
      const request: PhaseRequest = { kernel, chunks, parameters };
      const asked = threads.slice(0, Math.max(1, Math.min(threads.length, chunks)));
      for (const thread of asked) thread.ref();
      try {
        const replies = await Promise.race([
          Promise.all(asked.map((thread) => ask(thread, request))),
          new Promise<never>((_, reject) => {
            fail = reject;
          }),
        ]);
        return replies.reduce((sum, count) => sum + count, 0);
      } finally {
        fail = undefined;
        for (const thread of asked) thread.unref();
      }
    },
    close,
  };
}

function ask(thread: Worker, request: PhaseRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    thread.once('message', (reply: PhaseReply) => {
      if (reply.outcome === 'done') resolve(reply.failedChunks);
      else reject(threadFailure(reply.message));
    });
    thread.postMessage(request);
  });
}

function threadFailure(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('INTERNAL_SERVER_ERROR', { message, ...(cause === undefined ? {} : { cause }) });
}
