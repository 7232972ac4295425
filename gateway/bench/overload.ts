/**
 * What an overload costs whom: home requests in an open loop (arrivals do not wait for answers) at a part of the
 * capacity, at a multiple of it, and at the part again. Bounded in time and connections; loopback only.
 *
 *   node gateway/bench/overload.ts [--factor 3] [--seconds 20] [--data-dir folder]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    factor: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
    'data-dir': { type: 'string' },
  },
});
const [factor, seconds] = [Number(values.factor), Number(values.seconds)];
const UNLOADED = 0.3;
const MAX_OPEN = 1_000;

const MAIN = fileURLToPath(new URL('../../packages/standalone/src/main.ts', import.meta.url));
const query = await readFile(
  new URL('../../schema/trusted-documents/HomeRows.graphql', import.meta.url),
  'utf8',
);
let unique = 0;
/** A title that does not exist changes nothing but the slate's key: every page is made anew. */
const body = (): string =>
  JSON.stringify({
    query,
    operationName: 'HomeRows',
    variables: { input: { excludeTitleIds: [`none-${unique++}`] } },
  });
const agent = new Agent({ keepAlive: true, maxSockets: MAX_OPEN });

interface Sample {
  readonly status: number;
  readonly ms: number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function home(url: string, profileId: string, since = performance.now()): Promise<Sample> {
  const text = body();
  return new Promise((resolve) => {
    const outgoing = request(
      `${url}/graphql`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'x-profile-id': profileId,
        },
      },
      (incoming) => {
        incoming.resume();
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, ms: performance.now() - since }),
        );
      },
    );
    outgoing.on('error', () => resolve({ status: 0, ms: performance.now() - since }));
    outgoing.end(text);
  });
}

/** Home requests that four clients in a closed loop get answered per second. */
async function capacity(url: string, profiles: readonly string[], forSeconds: number): Promise<number> {
  const end = performance.now() + forSeconds * 1_000;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { status } = await home(url, profiles[answered % profiles.length]!);
      if (status === 200) answered++;
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  return answered / forSeconds;
}

interface Run {
  readonly samples: readonly Sample[];
  readonly seconds: number;
  /** How late this process itself was at most: what it measures cannot be better than that. */
  readonly lagMs: number;
  /** Largest resident memory, in MB. */
  readonly memoryMb: number;
}

async function openLoop(
  server: { url: string; pid: number },
  profiles: readonly string[],
  perSecond: number,
  forSeconds: number,
): Promise<Run> {
  const samples: Sample[] = [];
  const open = new Set<Promise<void>>();
  const began = performance.now();
  let [sent, memoryMb, lookedAt, lagMs, last] = [0, 0, 0, 0, began];
  for (;;) {
    const now = performance.now();
    lagMs = Math.max(lagMs, now - last);
    last = now;
    if (now - began >= forSeconds * 1_000) break;
    for (; sent < ((now - began) / 1_000) * perSecond; sent++) {
      // The time at which it was due: what waits in this process has waited, too.
      const due = began + (sent / perSecond) * 1_000;
      const one: Promise<void> = home(server.url, profiles[sent % profiles.length]!, due).then((sample) => {
        samples.push(sample);
        open.delete(one);
      });
      open.add(one);
    }
    if (now - lookedAt > 500) {
      lookedAt = now;
      memoryMb = Math.max(memoryMb, await residentMb(server.pid));
    }
    await delay(1);
  }
  await Promise.all(open);
  return { samples, seconds: forSeconds, memoryMb, lagMs };
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

function percentile(samples: readonly Sample[], p: number): string {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return (sorted[Math.ceil((p / 100) * sorted.length) - 1] ?? Number.NaN).toFixed(1);
}

function row(name: string, { samples, seconds: lasted, memoryMb, lagMs }: Run): string {
  const admitted = samples.filter(({ status }) => status === 200);
  const refused = samples.filter(({ status }) => status === 503);
  const rest = samples.length - admitted.length - refused.length;
  return [
    name,
    (samples.length / lasted).toFixed(0),
    (admitted.length / lasted).toFixed(0),
    percentile(admitted, 50),
    percentile(admitted, 99),
    refused.length,
    percentile(refused, 50),
    percentile(refused, 99),
    rest,
    memoryMb,
    lagMs.toFixed(0),
  ].join(' | ');
}

async function startServer(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    [MAIN, '--development', '--port', '0', '--profiles', '400', '--data-dir', folder],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: '', LOG_LEVEL: 'fatal' } },
  );
  let output = '';
  for await (const chunk of child.stdout!) {
    output += String(chunk);
    const found = /GraphQL\s+(http:\/\/\S+)\/graphql/.exec(output);
    if (found !== null) return { child, url: found[1]! };
  }
  throw new Error(`Marquee did not start:\n${output}`);
}

const folder = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-overload-')));
const { child, url } = await startServer(folder);
try {
  const server = { url, pid: child.pid! };
  const personas = (await (await fetch(`${url}/personas`)).json()) as readonly { id: string }[];
  const profiles = personas.map(({ id }) => id);
  await capacity(url, profiles, 5);
  const perSecond = await capacity(url, profiles, 5);
  print(`capacity: ${perSecond.toFixed(0)} home requests per second (4 clients in a closed loop)\n`);
  print(
    'load | sent/s | answered/s | p50 ms | p99 ms | refused | p50 ms | p99 ms | other | memory MB | client lag ms',
  );
  print('---|---|---|---|---|---|---|---|---|---|---');
  const quiet = perSecond * UNLOADED;
  print(row(`${UNLOADED} x`, await openLoop(server, profiles, quiet, seconds / 2)));
  print(row(`${factor} x`, await openLoop(server, profiles, perSecond * factor, seconds)));
  print(row(`${UNLOADED} x again`, await openLoop(server, profiles, quiet, seconds / 4)));
} finally {
  child.kill('SIGTERM');
  agent.destroy();
  if (values['data-dir'] === undefined) await rm(folder, { recursive: true, force: true });
}
