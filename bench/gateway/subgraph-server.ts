/**
 * All subgraphs of a scenario's graph, in a process of their own, at `/<name>`. A request is executed when it first
 * comes and answered from prepared bytes from then on, without an HTTP library in between: what is measured is the
 * gateway, and this process must not be what it waits for. Started by `processes.ts`.
 */
import { createServer, type Socket } from 'node:net';
import { answerOf, type BenchGraph } from './graph.ts';
import { scenarioNamed } from './scenarios.ts';

export interface SubgraphReport {
  readonly requests: number;
  /** Of this process. */
  readonly cpuMs: number;
}

/** Each some 50 KB at most; a gateway whose requests never repeat would be measured together with this process. */
const MAX_PREPARED = 20_000;
const HEAD_END = '\r\n\r\n';

const { graph } = scenarioNamed(process.argv[2] ?? '');
const prepared = new Map<string, Buffer>();
let requests = 0;
let cpu = process.cpuUsage();

async function prepare(path: string, body: string, key: string): Promise<Buffer> {
  const { query, variables } = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as {
    query: string;
    variables?: Record<string, unknown>;
  };
  const answer = Buffer.from(
    JSON.stringify(await answerOf(graph as BenchGraph, path.slice(1), query, variables ?? {})),
  );
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}${HEAD_END}`;
  const bytes = Buffer.concat([Buffer.from(head), answer]);
  if (prepared.size < MAX_PREPARED) prepared.set(key, bytes);
  return bytes;
}

/** One after the other, as connections without pipelining are used. */
function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  let busy = false;
  const next = (): void => {
    while (!busy) {
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = pending.toString('latin1', 0, headEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) {
        socket.end(`HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\nconnection: close${HEAD_END}`);
        return;
      }
      const bodyStart = headEnd + HEAD_END.length;
      if (pending.length < bodyStart + length) return;
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
      const body = pending.toString('latin1', bodyStart, bodyStart + length);
      pending = pending.subarray(bodyStart + length);
      requests++;
      const key = `${path} ${body}`;
      const known = prepared.get(key);
      if (known !== undefined) {
        socket.write(known);
        continue;
      }
      busy = true;
      prepare(path, body, key)
        .then((bytes) => socket.write(bytes))
        .catch((error: unknown) => {
          console.error(`subgraph ${path}: ${error}`);
          socket.destroy();
        })
        .finally(() => {
          busy = false;
          next();
        });
    }
  };
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    next();
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ requests, cpuMs: (user + system) / 1_000 } satisfies SubgraphReport);
  requests = 0;
  cpu = process.cpuUsage();
});
process.on('disconnect', () => process.exit(0));
