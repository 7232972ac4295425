/**
 * What an overload costs whom: home requests in an open loop (arrivals do not wait for answers) at a part of the
 * capacity, at a multiple of it, and at the part again. Bounded in time and connections; loopback only.
 *
 *   npm run bench:overload -- [--factor 3] [--seconds 60] [--check] [--data-dir folder]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type PromisedFigure, printVerdict } from './verdict.ts';

const HELP = `npm run bench:overload -- [options]: home requests in an open loop, few, too many, and few again

  --factor N         too many: of the capacity measured at the beginning, default 3
  --seconds N        of the overload, default 60; half of it as fast as it can, without anybody who waits, and few before and after for as long
  --check            exit code 1 when a promise is broken
  --data-dir FOLDER  kept for the next time; default a new one
  --help             this text
`;

const { values } = parseArgs({
  options: {
    factor: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '60' },
    check: { type: 'boolean', default: false },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [factor, seconds] = [Number(values.factor), Number(values.seconds)];
const UNLOADED = 0.3;
/** Of the admitted, against the unloaded. */
const MAX_P99_RATIO = 2;
/** A client that is refused can try elsewhere: well before a page would have come. Critical ones wait twice CoDel's target. */
const MAX_REFUSAL_MS = 150;
/** What requests that wait may take beside what the process has when it does all it can: caches fill and collectors are lazy there, too. */
const MAX_GROWTH_MB = 256;
/** Caches, compiled code, connections. */
const WARM_UP_SECONDS = 5;
const MAX_OPEN = 1_000;
/** As long as it takes at most until an overload is known to be one. */
const ONSET_MS = 600;

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
  /** On the clock of this process. */
  readonly due: number;
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
          resolve({ status: incoming.statusCode ?? 0, ms: performance.now() - since, due: since }),
        );
      },
    );
    outgoing.on('error', () => resolve({ status: 0, ms: performance.now() - since, due: since }));
    outgoing.end(text);
  });
}

/** Home requests that four clients in a closed loop get answered per second, and what the process holds while it does that. */
async function capacity(
  { url, pid }: { url: string; pid: number },
  profiles: readonly string[],
  forSeconds: number,
): Promise<{ readonly perSecond: number; readonly memoryMb: number }> {
  const end = performance.now() + forSeconds * 1_000;
  let [answered, memoryMb] = [0, 0];
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { status } = await home(url, profiles[answered % profiles.length]!);
      if (status === 200) answered++;
      if (answered % 16 === 0) memoryMb = Math.max(memoryMb, await residentMb(pid));
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  return { perSecond: answered / forSeconds, memoryMb };
}

interface Run {
  readonly began: number;
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
  return { began, samples, seconds: forSeconds, memoryMb, lagMs };
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

function percentile(samples: readonly Sample[], p: number): number {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.ceil((p / 100) * sorted.length) - 1] ?? Number.NaN;
}

const withStatus = ({ samples }: Run, status: number) => samples.filter((sample) => sample.status === status);

function row(name: string, run: Run): string {
  const { samples, seconds: lasted, memoryMb, lagMs } = run;
  const [admitted, refused] = [withStatus(run, 200), withStatus(run, 503)];
  return [
    name,
    (samples.length / lasted).toFixed(0),
    (admitted.length / lasted).toFixed(0),
    percentile(admitted, 50).toFixed(1),
    percentile(admitted, 99).toFixed(1),
    refused.length,
    percentile(refused, 50).toFixed(1),
    percentile(refused, 99).toFixed(1),
    othersOf(run),
    memoryMb,
    lagMs.toFixed(0),
  ].join(' | ');
}

/** Neither answered nor refused as they should be. */
function othersOf(run: Run): number {
  return run.samples.length - withStatus(run, 200).length - withStatus(run, 503).length;
}

/**
 * Nobody can tell an overload from a burst before it has lasted for a while: who comes until then waits, as in a burst.
 * They are few, and are all of the tail of a short run.
 */
function onset({ began, samples }: Run): string {
  const told = (which: readonly Sample[]) =>
    `${which.length}, p50 ${percentile(which, 50).toFixed(1)}, p99 ${percentile(which, 99).toFixed(1)} ms`;
  const isFirst = ({ due }: Sample) => due - began < ONSET_MS;
  const toldOf = (name: string, status: number): string => {
    const these = samples.filter((sample) => sample.status === status);
    const [first, later] = [these.filter(isFirst), these.filter((sample) => !isFirst(sample))];
    return `${name} of the first ${ONSET_MS} ms: ${told(first)}; of the rest: ${told(later)}`;
  };
  return `${toldOf('admitted', 200)}\n${toldOf('refused', 503)}`;
}

function promisesOf(busyMb: number, before: Run, during: Run, after: Run): PromisedFigure[] {
  const p99 = (run: Run) => percentile(withStatus(run, 200), 99);
  const ratio = p99(during) / p99(before);
  const refused = percentile(withStatus(during, 503), 99);
  const growth = during.memoryMb - busyMb;
  const others = [before, during, after].reduce((sum, run) => sum + othersOf(run), 0);
  const recovered = p99(after) / p99(before);
  const stillRefused = withStatus(after, 503).length;
  return [
    {
      text: `admitted requests keep p99 below ${MAX_P99_RATIO} x the unloaded one: ${ratio.toFixed(2)} x`,
      kept: ratio < MAX_P99_RATIO,
    },
    {
      text: `the others get 503 within ${MAX_REFUSAL_MS} ms (p99): ${refused.toFixed(1)} ms`,
      // Nobody had to be refused: that is not what was to be shown.
      kept: refused <= MAX_REFUSAL_MS,
    },
    { text: `nobody gets anything else: ${others}`, kept: others === 0 },
    {
      text: `memory grows by ${MAX_GROWTH_MB} MB at most beyond the ${busyMb} of full work: ${growth} MB`,
      kept: growth <= MAX_GROWTH_MB,
    },
    {
      text: `afterwards all is as before: p99 ${recovered.toFixed(2)} x, ${stillRefused} refused`,
      kept: recovered < MAX_P99_RATIO && stillRefused === 0,
    },
  ];
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
  await capacity(server, profiles, WARM_UP_SECONDS);
  const { perSecond, memoryMb: busyMb } = await capacity(server, profiles, seconds / 2);
  print(
    `capacity: ${perSecond.toFixed(0)} home requests per second (4 clients in a closed loop), ${busyMb} MB\n`,
  );
  print(
    'load | sent/s | answered/s | p50 ms | p99 ms | refused | p50 ms | p99 ms | other | memory MB | client lag ms',
  );
  print('---|---|---|---|---|---|---|---|---|---|---');
  const quiet = perSecond * UNLOADED;
  const before = await openLoop(server, profiles, quiet, seconds / 2);
  print(row(`${UNLOADED} x`, before));
  const during = await openLoop(server, profiles, perSecond * factor, seconds);
  print(row(`${factor} x`, during));
  const after = await openLoop(server, profiles, quiet, seconds / 2);
  print(row(`${UNLOADED} x again`, after));
  print(`\n${onset(during)}`);
  printVerdict(promisesOf(busyMb, before, during, after), values.check);
} finally {
  agent.destroy();
  const stopped = once(child, 'exit');
  child.kill('SIGTERM');
  // It writes what it has into its folder.
  await stopped;
  if (values['data-dir'] === undefined) await rm(folder, { recursive: true, force: true });
}
