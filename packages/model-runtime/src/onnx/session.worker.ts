/**
 * One ONNX session in a thread of its own: running it blocks the thread. Parallelism comes from several such
 * threads, so each session uses one.
 */
import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelOutput, SessionReply, SessionRequest } from './messages.ts';

/** The first runs allocate and would be slow for somebody. */
const WARM_UP_RUNS = 3;

interface Opened {
  readonly session: InferenceSession;
  readonly input: string;
  readonly columns: number;
  readonly outputs: readonly ModelOutput[];
}
let opened: Opened | undefined;

async function open({
  model,
  input,
  columns,
  outputs,
  warmUpRows,
}: Extract<SessionRequest, { type: 'open' }>): Promise<Opened> {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Errors alone: the library writes to stderr, past the log.
    logSeverityLevel: 3,
  });
  const result: Opened = { session, input, columns, outputs };
  for (const [kind, wanted, names] of [
    ['input', input, session.inputNames],
    ...outputs.map(({ name }) => ['output', name, session.outputNames] as const),
  ] as const) {
    if (!names.includes(wanted))
      throw new Error(`the model has no ${kind} ${wanted}, but ${names.join(', ')}`);
  }
  for (let run = 0; run < WARM_UP_RUNS; run++) {
    await score(result, new Float32Array(warmUpRows * columns), warmUpRows);
  }
  return result;
}

async function score(
  { session, input, columns, outputs }: Opened,
  matrix: Float32Array,
  rows: number,
): Promise<readonly Float32Array[]> {
  const results = await session.run(
    { [input]: new Tensor('float32', matrix, [rows, columns]) },
    outputs.map(({ name }) => name),
  );
  return outputs.map(({ name, width }) => {
    const data = results[name]?.data;
    if (!(data instanceof Float32Array) || data.length !== rows * width) {
      const wanted = width === 1 ? 'one float' : `${width} floats`;
      throw new Error(`the output ${name} is not ${wanted} per row: ${data?.length} for ${rows} rows`);
    }
    // The tensor's memory belongs to the runtime; only our own may be given away.
    return data.slice();
  });
}

async function handle(request: SessionRequest): Promise<SessionReply | undefined> {
  switch (request.type) {
    case 'open':
      opened = await open(request);
      return { outcome: 'opened' };
    case 'score':
      return { outcome: 'scored', scores: await score(opened!, request.matrix, request.rows) };
    case 'close':
      await opened?.session.release();
      parentPort!.close();
      return undefined;
  }
}

parentPort!.on('message', (request: SessionRequest) => {
  handle(request)
    .catch(
      (error: unknown): SessionReply => ({
        outcome: 'failed',
        message: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((reply) => {
      if (reply === undefined) return;
      const given = reply.outcome === 'scored' ? reply.scores.map(({ buffer }) => buffer as ArrayBuffer) : [];
      parentPort!.postMessage(reply, given);
    });
});
