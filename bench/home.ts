/** Home requests over HTTP, cached and uncached, against the smallest request through the same gateway. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMarquee } from '../packages/testkit/src/marquee-process.ts';
import { type LoadResult, median, runLoad } from './closed-loop.ts';
import { stageTimes } from './home-stages.ts';

const HELP = `npm run bench -- [options]

  --requests <n>      per scenario and run, default 200
  --concurrency <n>   clients in the closed loop, default 4
  --runs <n>          repetitions of every scenario, in turn, default 5
  --data-dir <folder> keep the prepared world here; default: a temporary one
`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '4' },
    runs: { type: 'string', default: '5' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [requests, concurrency, runs] = [
  Number(values.requests),
  Number(values.concurrency),
  Number(values.runs),
];
const dataDirectory = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-bench-')));
const homeRows = await readFile(
  new URL('../schema/trusted-documents/HomeRows.graphql', import.meta.url),
  'utf8',
);

interface Scenario {
  readonly name: string;
  body(i: number): string;
  readonly marker: string;
}

let unique = 0;
const scenarios: Scenario[] = [
  { name: '{ __typename }', body: () => JSON.stringify({ query: '{ __typename }' }), marker: '"Query"' },
  {
    name: 'HomeRows, cached slate',
    body: () => JSON.stringify({ query: homeRows, operationName: 'HomeRows' }),
    marker: '"headline"',
  },
  {
    name: 'HomeRows, uncached slate',
    // A title that does not exist changes nothing but the slate's key.
    body: () =>
      JSON.stringify({
        query: homeRows,
        operationName: 'HomeRows',
        variables: { input: { excludeTitleIds: [`bench-${process.pid}-${unique++}`] } },
      }),
    marker: '"headline"',
  },
];

const server = await startMarquee({ dataDirectory });
try {
  const personas = (await (await fetch(`${server.url}/personas`)).json()) as { id: string }[];
  const results = new Map<string, LoadResult[]>(scenarios.map((scenario) => [scenario.name, []]));
  const run = (scenario: Scenario, count: number, clients: number): Promise<LoadResult> =>
    runLoad({
      url: new URL('/graphql', server.url),
      requests: count,
      concurrency: clients,
      make: (i) => ({
        body: scenario.body(i),
        headers: { 'x-profile-id': personas[i % personas.length]!.id },
      }),
      check(body) {
        if (!body.includes(scenario.marker) || body.includes('"errors"'))
          throw new Error(`unexpected answer: ${body.slice(0, 300)}`);
      },
    });
  for (const scenario of scenarios) await run(scenario, Math.min(requests, 100), concurrency);
  for (let r = 0; r < runs; r++) {
    for (const scenario of scenarios)
      results.get(scenario.name)!.push(await run(scenario, requests, concurrency));
  }
  const alone = new Map<string, LoadResult>();
  for (const scenario of scenarios) alone.set(scenario.name, await run(scenario, requests, 1));

  const base = median(results.get(scenarios[0]!.name)!.map((result) => result.perSecond));
  console.log(
    `\n${cpus().length} cores, Node ${process.version}, ${concurrency} clients, median of ${runs} runs of ${requests} requests\n`,
  );
  console.log(
    '| scenario | requests/s | p50 ms | p95 ms | p99 ms | one client p50 / p99 ms | cost against the first |',
  );
  console.log('|---|---:|---:|---:|---:|---:|---:|');
  for (const scenario of scenarios) {
    const all = results.get(scenario.name)!;
    const of = (pick: (result: LoadResult) => number): string => median(all.map(pick)).toFixed(1);
    const single = alone.get(scenario.name)!;
    const ratio = base / median(all.map((result) => result.perSecond));
    console.log(
      `| ${scenario.name} | ${of((x) => x.perSecond)} | ${of((x) => x.p50)} | ${of((x) => x.p95)} | ${of((x) => x.p99)} | ${single.p50.toFixed(1)} / ${single.p99.toFixed(1)} | ${ratio.toFixed(1)} × |`,
    );
  }
} finally {
  await server.end('SIGTERM');
}

console.log(`\n${await stageTimes(dataDirectory)}`);
if (values['data-dir'] === undefined) await rm(dataDirectory, { recursive: true, force: true });
