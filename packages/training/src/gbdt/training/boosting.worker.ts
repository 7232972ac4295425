/** A training thread: takes chunks of whatever work is published, until it is ended. */
import { workerData } from 'node:worker_threads';
import { Instance, type SharedMemory, type WasmModule } from '../../kernels/webassembly.ts';
import { finishChunk, nextWork, type SharedWork, takeChunk } from './shared-work.ts';

export interface BoostingThreadData {
  readonly module: WasmModule;
  readonly memory: SharedMemory;
  readonly scratch: number;
  readonly shared: SharedWork;
  /** Kernels by number. */
  readonly kernels: readonly string[];
}

const { module, memory, scratch, shared, kernels } = workerData as BoostingThreadData;
const { exports } = new Instance(module, { env: { memory } });

for (let seen = 0; ; ) {
  const { work, generation } = nextWork(shared, seen);
  seen = generation;
  const kernel = exports[kernels[work.kernel]!] as (...parameters: number[]) => number;
  for (let chunk = takeChunk(shared, work); chunk >= 0; chunk = takeChunk(shared, work)) {
    kernel(chunk, scratch, ...work.parameters);
    finishChunk(shared, work);
  }
}
