/** A training thread: draws chunks of the phase it is asked for until there are none. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PhaseReply, PhaseRequest, ThreadData } from './kernel-pool.ts';
import { Instance } from './webassembly.ts';

type Kernel = (chunk: number, scratch: number, ...parameters: readonly number[]) => number;

const { module, memory, scratch, next } = workerData as ThreadData;
const { exports } = new Instance(module, { env: { memory } });

function runPhase({ kernel: name, chunks, parameters }: PhaseRequest): PhaseReply {
  const kernel = exports[name] as Kernel | undefined;
  if (kernel === undefined) return { outcome: 'failed', message: `there is no kernel ${name}` };
  let failedChunks = 0;
  for (;;) {
    const chunk = Atomics.add(next, 0, 1);
    if (chunk >= chunks) return { outcome: 'done', failedChunks };
    if (kernel(chunk, scratch, ...parameters) !== 0) failedChunks++;
  }
}

parentPort!.on('message', (request: PhaseRequest) => {
  let reply: PhaseReply;
  try {
    reply = runPhase(request);
  } catch (error) {
    reply = { outcome: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(reply);
});
