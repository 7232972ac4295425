/**
 * A closed loop of HTTP clients for a time, as cheap as a client can be: it shares the machine with what it measures.
 * Each client sends its next request when its last one has been answered; loopback only.
 */
import { type Dispatcher, Pool } from 'undici';
import { percentile } from '../closed-loop.ts';

export interface TimedLoad {
  readonly url: URL;
  readonly clients: number;
  readonly seconds: number;
  /** Of the n-th request of a client; bodies and the lengths of the answers to them. */
  choose(client: number, n: number): PreparedRequest;
}

export interface PreparedRequest {
  readonly body: Buffer;
  /** Of the answer, which has been compared in full before. */
  readonly bytes: number;
}

export interface TimedResult {
  readonly requests: number;
  /** Answered otherwise than before, or not at all. */
  readonly failed: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

export async function runFor({ url, clients, seconds, choose }: TimedLoad): Promise<TimedResult> {
  const pool = new Pool(url.origin, { connections: clients, pipelining: 1 });
  const latencies: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  const end = startedAt + seconds * 1_000;
  const client = async (number: number): Promise<void> => {
    for (let n = 0; performance.now() < end; n++) {
      const { body, bytes } = choose(number, n);
      const sentAt = performance.now();
      const answered = await new Promise<number>((resolve) => {
        pool.dispatch({ method: 'POST', path: url.pathname, headers: HEADERS, body }, new Counted(resolve));
      });
      latencies.push(performance.now() - sentAt);
      if (answered !== bytes) failed++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const took = (performance.now() - startedAt) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    failed,
    seconds: took,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
  };
}

/** Counts the bytes of an answer; -1 for what is none. */
class Counted implements Dispatcher.DispatchHandler {
  readonly #resolve: (bytes: number) => void;
  #bytes = 0;
  #status = 0;

  constructor(resolve: (bytes: number) => void) {
    this.#resolve = resolve;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
  }

  onResponseEnd(): void {
    this.#resolve(this.#status === 200 ? this.#bytes : -1);
  }

  onResponseError(): void {
    this.#resolve(-1);
  }
}
