/**
 * What a new supergraph every two seconds costs the requests that are being served: home rows in an open loop at half of
 * the capacity, with and without publishing in turns within one run, so that the machine is the same for both.
 * Each published text is new (another field, interface or address of a subgraph each time; after the last everything is planned anew), and
 * one in five is broken and must be refused.
 *
 *   npm run bench:reload -- [--seconds 60] [--every 2] [--window 10] [--changes field|interface|address] [--check]
 *
 * `--check`: exit code 1 when p99 with publishing is above 1.2 × without, a request fails, or a broken one is not refused.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { homeRows } from '../../bench/gateway/home-rows.ts';
import {
  capacityOf,
  closeOpenLoop,
  type OpenLoop,
  type OpenLoopSample,
  openLoop,
  percentileOf,
} from './open-loop.ts';
import type { GatewayReport } from './reload-gateway.ts';
import { printVerdict } from './verdict.ts';

const MAX_RATIO = 1.2;
const WARM_UP_SECONDS = 6;
const BROKEN_EVERY = 5;

const HELP = `npm run bench:reload -- [options]: what a new supergraph costs the requests that are being served

  --seconds N  with publishing, and as many without, default 60
  --every N    seconds between two supergraphs, default 2
  --window N   seconds of one turn with or without, default 10
  --changes K  what is new each time: a field (default) or an interface, which touch nothing that is in use, or the address
               of a subgraph, after which every operation is planned anew
  --check      exit code 1 when a promise is broken
  --help       this text
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '2' },
    window: { type: 'string', default: '10' },
    changes: { type: 'string', default: 'field' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [seconds, every, window] = [Number(values.seconds), Number(values.every), Number(values.window)];

const base = homeRows.graph.supergraphSdl;
const field = /^ {2}releaseYear: Int.*$/m.exec(base)?.[0];
if (field === undefined)
  throw new Error('the supergraph has no Title.releaseYear to be joined by another field');
/** The n-th text: valid, and like no other. */
const CHANGES: Readonly<Record<string, (n: number) => string>> = {
  field: (n) => base.replace(field, `${field}\n${field.replace('releaseYear', `bench${n}`)}`),
  interface: (n) => `${base}\ninterface Bench${n} @join__type(graph: CONTENT) {\n${field}\n}\n`,
  address: (n) => base.replace(/(join__graph\(name: "content", url: "[^"]*)/, `$1/bench${n}`),
};
const numbered = Object.hasOwn(CHANGES, values.changes) ? CHANGES[values.changes] : undefined;
if (numbered === undefined) {
  throw new Error(`--changes is ${Object.keys(CHANGES).join(', ')}, not ${values.changes}`);
}
const textOf = numbered;

const folder = await mkdtemp(join(tmpdir(), 'marquee-reload-'));
const path = join(folder, 'supergraph.graphql');
await writeFile(path, base);
const child = fork(fileURLToPath(new URL('./reload-gateway.ts', import.meta.url)), [path]);
const [url] = (await once(child, 'message')) as [string];
const load: OpenLoop = {
  url,
  body: JSON.stringify({ query: homeRows.query, operationName: 'HomeRows', variables: {} }),
  isRight: (status, text) =>
    status === 200 && text.startsWith('{"data":{"home":{') && !text.includes('"errors"'),
};

async function report(): Promise<GatewayReport> {
  child.send('report');
  const [answer] = (await once(child, 'message')) as [GatewayReport];
  return answer;
}

let published = 0;
let broken = 0;
async function publish(): Promise<void> {
  published++;
  const isBroken = published % BROKEN_EVERY === 0;
  if (isBroken) broken++;
  await writeFile(path, isBroken ? textOf(published).slice(0, -500) : textOf(published));
}

interface Side {
  readonly samples: OpenLoopSample[];
  readonly reports: GatewayReport[];
}

async function run(side: Side, perSecond: number, publishes: boolean): Promise<void> {
  await report();
  const timer = publishes ? setInterval(() => void publish(), every * 1_000) : undefined;
  if (publishes) await publish();
  side.samples.push(...(await openLoop(load, perSecond, window)));
  clearInterval(timer);
  side.reports.push(await report());
  if (publishes) await settled();
}

/** What was published last must not be taken up in the next window. */
async function settled(): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await delay(100)) {
    const { applied, refused } = await report();
    if (applied - 1 + refused >= published) return;
  }
}

const [quiet, reloading]: Side[] = [
  { samples: [], reports: [] },
  { samples: [], reports: [] },
] as const;
try {
  await capacityOf(load, 4, WARM_UP_SECONDS);
  // Loading a supergraph is slow the first times, as everything is; a gateway that has been up for a while is past that.
  for (let i = 0; i < 4; i++) {
    await publish();
    await capacityOf(load, 2, 1);
    await settled();
  }
  const perSecond = (await capacityOf(load, 4, WARM_UP_SECONDS)) / 2;
  process.stdout.write(
    `home rows at ${perSecond.toFixed(0)}/s, half of what 4 clients in a closed loop get\n\n`,
  );
  for (let measured = 0; measured < seconds; measured += window) {
    await run(quiet as Side, perSecond, false);
    await run(reloading as Side, perSecond, true);
  }
  print(quiet as Side, reloading as Side, await report());
} finally {
  child.send('stop');
  closeOpenLoop();
  await rm(folder, { recursive: true, force: true });
}

function print(without: Side, withPublishing: Side, last: GatewayReport): void {
  const row = (name: string, { samples, reports }: Side) => {
    const max = (pick: (one: GatewayReport) => number) => Math.max(...reports.map(pick)).toFixed(1);
    return [
      name,
      samples.length,
      samples.filter(({ ok }) => !ok).length,
      ...[50, 99, 99.9].map((p) => percentileOf(samples, p).toFixed(1)),
      max(({ loopP99Ms }) => loopP99Ms),
      max(({ loopMaxMs }) => loopMaxMs),
      max(({ heapMb }) => heapMb),
      (reports.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / samples.length).toFixed(2),
    ].join(' | ');
  };
  const ratio = percentileOf(withPublishing.samples, 99) / percentileOf(without.samples, 99);
  const failed = [...without.samples, ...withPublishing.samples].filter(({ ok }) => !ok).length;
  const lines = [
    ' | requests | failed | p50 ms | p99 ms | p99.9 ms | loop delay p99 ms | max ms | heap MB | CPU ms per request',
    '---|---|---|---|---|---|---|---|---|---',
    row('without publishing', without),
    row('publishing', withPublishing),
    '',
    `published ${published}, ${broken} of them broken: ${last.applied - 1} applied, ${last.refused} refused`,
    `an update took ${(last.updateSeconds / (last.applied - 1)).toFixed(2)} s beside the requests`,
    `the gateway says: ${last.detail}`,
    `load of the machine at the end: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  printVerdict(
    [
      {
        text: `p99 with publishing is at most ${MAX_RATIO} x that without: ${ratio.toFixed(2)} x`,
        kept: ratio <= MAX_RATIO,
      },
      { text: `no request fails: ${failed}`, kept: failed === 0 },
      {
        text: `each broken supergraph is refused: ${last.refused} of ${broken}`,
        kept: last.refused === broken,
      },
    ],
    values.check,
  );
}
