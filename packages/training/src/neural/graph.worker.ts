/** A thread that runs one graph. onnxruntime blocks the thread it runs in, so parallelism is several such threads. */
import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Feeds, GraphReply, GraphRequest, Results, TensorData } from './graph-messages.ts';

let session: InferenceSession | undefined;

const TYPE_BY_ARRAY = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  BigInt64Array: 'int64',
  Uint8Array: 'uint8',
} as const;

/** The runtime reads plain memory only; parameters come in shared memory. */
function tensor(data: TensorData, dims: readonly number[]): Tensor {
  const type = TYPE_BY_ARRAY[data.constructor.name as keyof typeof TYPE_BY_ARRAY];
  return new Tensor(type, data.buffer instanceof SharedArrayBuffer ? data.slice() : data, dims);
}

async function run(feeds: Feeds, fetches: readonly string[]): Promise<Results> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => [name, tensor(data, dims)]),
  );
  const outputs = await session!.run(inputs, fetches);
  return Object.fromEntries(
    fetches.map((name) => {
      const { data } = outputs[name]!;
      // The runtime keeps its tensors; only copies may be given away.
      return [name, (data as Float32Array | Float64Array).slice()];
    }),
  );
}

async function handle(request: GraphRequest): Promise<GraphReply | undefined> {
  switch (request.type) {
    case 'open':
      session = await InferenceSession.create(request.graph, {
        executionProviders: ['cpu'],
        executionMode: 'sequential',
        // One thread each keeps the order of additions, and so the bytes of the result.
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        // Batches differ in shape, so a plan made for one does not fit the next.
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      return { outcome: 'opened' };
    case 'run':
      return { outcome: 'ran', results: await run(request.feeds, request.fetches) };
    case 'close':
      await session?.release();
      parentPort!.close();
      return undefined;
  }
}

parentPort!.on('message', (request: GraphRequest) => {
  handle(request)
    .catch(
      (error: unknown): GraphReply => ({
        outcome: 'failed',
        message: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((reply) => {
      if (reply === undefined) return;
      const given =
        reply.outcome === 'ran'
          ? Object.values(reply.results).map(({ buffer }) => buffer as ArrayBuffer)
          : [];
      parentPort!.postMessage(reply, given);
    });
});
