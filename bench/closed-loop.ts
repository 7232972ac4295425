/**
 * A closed loop of HTTP clients: each of `concurrency` clients sends its next request when its last one has been
 * answered. Bounded in requests; loopback only.
 */
import { Agent, request } from 'node:http';

export interface Load {
  readonly url: URL;
  readonly requests: number;
  readonly concurrency: number;
  /** Body and headers of the i-th request. */
  make(i: number): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
  /** Throws when an answer is not what it should be. */
  check(body: string): void;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export async function runLoad(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.concurrency });
  const latencies = new Float64Array(load.requests);
  let next = 0;
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    for (let i = next++; i < load.requests; i = next++) {
      const sentAt = performance.now();
      load.check(await post(agent, load.url, load.make(i)));
      latencies[i] = performance.now() - sentAt;
    }
  };
  try {
    await Promise.all(Array.from({ length: load.concurrency }, client));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort();
  return {
    perSecond: load.requests / seconds,
    p50: percentile(latencies, 50),
    p95: percentile(latencies, 95),
    p99: percentile(latencies, 99),
  };
}

/** Nearest rank on sorted values. */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    50,
  );
}

function post(agent: Agent, url: URL, message: ReturnType<Load['make']>): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        agent,
        method: 'POST',
        timeout: 30_000,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(message.body),
          ...message.headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        answer.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer within 30 s')));
    call.on('error', reject);
    call.end(message.body);
  });
}
