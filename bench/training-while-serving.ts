/**
 * Home pages with and without a training beside them: the same process, the same requests, in turns, so that what else the machine does
 * strikes both alike.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startMarquee } from '../packages/testkit/src/marquee-process.ts';
import { RunLog } from '../workers/trainer/src/index.ts';
import { type LoadResult, median, runLoad } from './closed-loop.ts';

const HELP = `node bench/training-while-serving.ts [options]: latency of home pages with and without a training beside them, in turns

  --turns <n>          of each, default 5
  --requests <n>       per turn, default 200
  --concurrency <n>    clients in the closed loop, default 2
  --priority <name>    of the training: spare, low or normal; default spare, as trainings on schedule have it
  --profiles <n>       audience of the world, default 500
  --data-dir <folder>  keep the prepared world here; default: a temporary one
`;
const TRAIN = fileURLToPath(new URL('../packages/standalone/src/commands/train.ts', import.meta.url));
const LAKE_MS = 300_000;

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '5' },
    requests: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '2' },
    profiles: { type: 'string', default: '500' },
    priority: { type: 'string', default: 'spare' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [turns, requests, concurrency] = [values.turns, values.requests, values.concurrency].map(Number) as [
  number,
  number,
  number,
];
const dataDirectory = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-training-bench-')));
const homeRows = await readFile(
  new URL('../schema/trusted-documents/HomeRows.graphql', import.meta.url),
  'utf8',
);

let unique = 0;
const trainings = new RunLog(join(dataDirectory, 'sample', 'models'));
const server = await startMarquee({
  dataDirectory,
  args: ['--profiles', values.profiles],
  // By hand only: what trains is what this run begins.
  environment: { MARQUEE_TRAINING: 'off', MARQUEE_PROMOTION: 'off' },
});
try {
  const personas = (await (await fetch(`${server.url}/personas`)).json()) as { id: string }[];
  const load = (): Promise<LoadResult> =>
    runLoad({
      url: new URL('/graphql', server.url),
      ...{ requests, concurrency },
      make: (i) => ({
        body: JSON.stringify({
          ...{ query: homeRows, operationName: 'HomeRows' },
          // A title that does not exist changes nothing but the slate's key: the page is made anew.
          variables: { input: { excludeTitleIds: [`bench-${unique++}`] } },
        }),
        headers: { 'x-profile-id': personas[i % personas.length]!.id },
      }),
      check(body) {
        if (!body.includes('"headline"') || body.includes('"errors"')) throw new Error(body.slice(0, 300));
      },
    });
  await trainedOnce();
  await load();
  const [alone, beside]: [LoadResult[], LoadResult[]] = [[], []];
  let outlasted = 0;
  for (let turn = 0; turn < turns; turn++) {
    alone.push(await load());
    const training = begin();
    await running();
    beside.push(await load());
    if (training.child.exitCode === null) outlasted++;
    await training.ended;
    console.error(`turn ${turn + 1} of ${turns}`);
  }
  const of = (results: readonly LoadResult[], pick: (result: LoadResult) => number): number =>
    median(results.map(pick));
  console.log(
    `\n${availableParallelism()} cores, Node ${process.version}, ${concurrency} clients, medians of ${turns} turns of ${requests} pages, every page made anew; in ${outlasted} turns the training outlasted the load\n`,
  );
  console.log('| home pages | p50 ms | p95 ms | p99 ms | pages/s |\n|---|---:|---:|---:|---:|');
  for (const [name, results] of [
    ['alone', alone],
    ['beside a training', beside],
  ] as const) {
    const cells = [
      ({ p50 }: LoadResult) => p50,
      ({ p95 }: LoadResult) => p95,
      ({ p99 }: LoadResult) => p99,
      ({ perSecond }: LoadResult) => perSecond,
    ];
    console.log(`| ${name} | ${cells.map((pick) => of(results, pick).toFixed(1)).join(' | ')} |`);
  }
  console.log(
    `\np99 beside a training: ${(of(beside, ({ p99 }) => p99) / of(alone, ({ p99 }) => p99)).toFixed(2)} times that of alone`,
  );
} finally {
  await server.end('SIGTERM');
  if (values['data-dir'] === undefined) await rm(dataDirectory, { recursive: true, force: true });
}

function begin() {
  const options = ['--data-dir', dataDirectory, '--priority', values.priority, '--why', 'a benchmark'];
  const child = spawn(process.execPath, [TRAIN, ...options], { stdio: 'ignore' });
  return { child, ended: once(child, 'close') };
}

/** Begun in earnest: the command has read its own code, and the training is a process of its own. */
async function running(): Promise<void> {
  const deadline = performance.now() + LAKE_MS;
  while (!(await trainings.list()).some(({ state }) => state === 'running')) {
    if (performance.now() > deadline) throw new Error('the training did not begin in time');
    await delay(20);
  }
}

/** The first start of a lake reads the whole history; until then there is nothing to train from. */
async function trainedOnce(): Promise<void> {
  const deadline = performance.now() + LAKE_MS;
  for (;;) {
    const { child, ended } = begin();
    await ended;
    if (child.exitCode === 0) return;
    if (performance.now() > deadline) throw new Error('the lake was not there in time');
    await delay(1_000);
  }
}
