/**
 * Runs the chunks of a kernel, on this thread and, where waking them pays, on others. This thread takes part, so two threads are
 * this one and one more; it gives the event loop a turn every few milliseconds.
 *
 * Not the pool of the other trainings: a tree takes a hundred and more short steps, and a message to a thread and back costs as much as a
 * step over some ten thousand rows.
 */
import { readFileSync } from 'node:fs';
import { setImmediate as nextTick } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { MarqueeError } from '@marquee/service-kit';
import { Instance, Module, type SharedMemory, type WasmModule } from '../../kernels/webassembly.ts';
import { gradientKernels } from '../plain/gradients.ts';
import { histogramKernels } from '../plain/histograms.ts';
import { viewsOf } from '../plain/memory-views.ts';
import { treeRowKernels } from '../plain/tree-rows.ts';
import type { BoostingThreadData } from './boosting.worker.ts';
import { awaitDone, createSharedWork, finishChunk, publish, takeChunk } from './shared-work.ts';

type Kernel = (...parameters: number[]) => number;

const KERNELS = [
  ...['binRows', 'histogramRows', 'mergeHistograms'],
  ...['logisticGradients', 'squaredGradients', 'lambdaRankGradients', 'packGradients'],
  ...['partitionRows', 'placeRows', 'markLeaves', 'sumLeaves', 'addScores'],
];
/** Below so many nanoseconds of work waking a thread does not pay. */
const WORTH_WAKING_NS = 40_000;
/** The event loop gets a turn after so long. */
const TURN_MS = 4;
/** How long to wait for another thread's last chunk before the event loop gets a turn. */
const WAIT_MS = 2;

export interface KernelRunner {
  /**
   * One at a time.
   * @param nanoseconds roughly what all chunks take together on one thread
   * @throws the signal's reason when it is aborted; MarqueeError INTERNAL_SERVER_ERROR when a thread dies
   */
  run(kernel: string, chunks: number, nanoseconds: number, ...parameters: number[]): Promise<void>;
  close(): Promise<void>;
}

export interface KernelRunnerOptions {
  readonly memory: SharedMemory;
  /** One address per thread, this one's first. */
  readonly scratch: readonly number[];
  readonly kernels: 'webassembly' | 'plain';
  readonly signal?: AbortSignal;
}

export function createKernelRunner({ memory, scratch, kernels, signal }: KernelRunnerOptions): KernelRunner {
  const own = scratch[0]!;
  const shared = createSharedWork();
  const module =
    kernels === 'webassembly'
      ? new Module(readFileSync(new URL('../../kernels/kernels.wasm', import.meta.url)))
      : undefined;
  const here = module ? webAssemblyKernels(module, memory) : plainKernels(memory);
  let threads: Worker[] | undefined;
  let fault: unknown;
  let turnAt = performance.now() + TURN_MS;

  function start(started: WasmModule): Worker[] {
    return scratch.slice(1).map((at) => {
      const data: BoostingThreadData = { module: started, memory, scratch: at, shared, kernels: KERNELS };
      const thread = new Worker(new URL('./boosting.worker.ts', import.meta.url), {
        name: 'boosting',
        workerData: data,
        // What a caller's process was started with, e.g. a script on standard input, is none of the thread's business.
        execArgv: [],
      });
      thread.on('error', (cause) => {
        fault ??= new MarqueeError('INTERNAL_SERVER_ERROR', { message: 'a training thread failed', cause });
      });
      thread.unref();
      return thread;
    });
  }

  async function giveTurn(): Promise<void> {
    await nextTick();
    if (fault !== undefined) throw fault;
    signal?.throwIfAborted();
    turnAt = performance.now() + TURN_MS;
  }

  return {
    async run(name, chunks, nanoseconds, ...parameters) {
      const kernel = here[name]!;
      const together = module !== undefined && scratch.length > 1 && chunks > 1;
      if (!together || nanoseconds < WORTH_WAKING_NS) {
        for (let chunk = 0; chunk < chunks; chunk++) {
          kernel(chunk, own, ...parameters);
          if (performance.now() > turnAt) await giveTurn();
        }
        return;
      }
      threads ??= start(module);
      const work = publish(shared, KERNELS.indexOf(name), chunks, parameters);
      for (let chunk = takeChunk(shared, work); chunk >= 0; chunk = takeChunk(shared, work)) {
        kernel(chunk, own, ...parameters);
        finishChunk(shared, work);
        if (performance.now() > turnAt) await giveTurn();
      }
      while (!awaitDone(shared, work, WAIT_MS)) await giveTurn();
    },
    async close() {
      await Promise.all((threads ?? []).map((thread) => thread.terminate()));
    },
  };
}

function plainKernels(memory: SharedMemory): Readonly<Record<string, Kernel>> {
  const views = viewsOf(memory);
  return { ...histogramKernels(views), ...gradientKernels(views), ...treeRowKernels(views) };
}

function webAssemblyKernels(module: WasmModule, memory: SharedMemory): Readonly<Record<string, Kernel>> {
  return new Instance(module, { env: { memory } }).exports as Readonly<Record<string, Kernel>>;
}
