/**
 * Event ingestion from end to end: a client's event acknowledged → its effect readable, with real servers and the
 * product's own worker processes. The servers and the publisher run on the same machine as what is measured, so on a
 * small one the figures are of all of them together; the CPU columns tell whose time it was.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFreshnessProbe } from './ingestion/freshness-probe.ts';
import { type Handover, measureHandover, oneOf } from './ingestion/handover.ts';
import { Ledger } from './ingestion/ledger.ts';
import { type Cell, measureCell } from './ingestion/measurement.ts';
import { measureMutations } from './ingestion/mutations.ts';
import { type Load, publishAtRate, publishBurst } from './ingestion/publisher.ts';
import { type MeasuredServers, startMeasuredServers } from './ingestion/servers.ts';
import { handoverTable, ingestionTable, mutationTable, verdictText } from './ingestion/tables.ts';
import { compareWithReplay, type Verdict } from './ingestion/verdict.ts';
import { createViewers } from './ingestion/viewers.ts';
import { startWorkers, type WorkerProcess } from './ingestion/worker-processes.ts';

const HELP = `npm run bench:ingestion -- [options]

  --consumers <list>   feature-materializer processes, default 1,2,4
  --rates <list>       events per second offered, or max (a burst), default 500,2000,max
  --seconds <n>        of each cell at a rate, default 10
  --burst <n>          events of a max cell, default 40000
  --runs <n>           repetitions of everything, default 3
  --profiles <n>       viewers, default 5000
  --history <n>        events of each viewer before anything is measured, about; default 20
  --partitions <n>     of the event log, default 8
  --no-durable         Redis keeps nothing on the disk, instead of syncing every write
  --handover           also: a consumer is stopped, killed, added under load
  --handover-rate <n>  events per second of that, default 1000
  --mutations <n>      also: so many hideTitle through the gateway of a distributed installation; default 0
  --mutation-clients <list>  default 1,8
  --cpu-profile <folder>     a CPU profile of every worker
  --help               this text

Needs redis-server, nats-server and postgres on this machine. With the defaults some 10 minutes.
`;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    consumers: { type: 'string', default: '1,2,4' },
    rates: { type: 'string', default: '500,2000,max' },
    seconds: { type: 'string', default: '10' },
    burst: { type: 'string', default: '40000' },
    runs: { type: 'string', default: '3' },
    profiles: { type: 'string', default: '5000' },
    history: { type: 'string', default: '20' },
    partitions: { type: 'string', default: '8' },
    durable: { type: 'boolean', default: true },
    handover: { type: 'boolean', default: false },
    'handover-rate': { type: 'string', default: '1000' },
    mutations: { type: 'string', default: '0' },
    'mutation-clients': { type: 'string', default: '1,8' },
    'cpu-profile': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const consumerCounts = numbers(values.consumers);
const rates = values.rates.split(',').map((rate) => (rate.trim() === 'max' ? undefined : Number(rate)));
const PUBLISH_BATCH = 2_000;
const SETTLE_MS = 300_000;
const WARM_UP_RATE = 500;
const WARM_UP_SECONDS = 4;
let verdictFailed = false;

console.log(
  `${cpus().length} cores, Node ${process.version}, ${values.partitions} partitions, ${values.runs} runs\n`,
);
if (consumerCounts.length > 0) await measureIngestion();
if (Number(values.mutations) > 0) await mutationsOnly();
if (verdictFailed) process.exitCode = 1;

async function measureIngestion(): Promise<void> {
  await inFolder(async (folder) => {
    const servers = await startMeasuredServers(folder, Number(values.partitions), values.durable);
    try {
      await measureOn(servers, folder);
    } finally {
      await servers.stop();
    }
  });
}

async function measureOn(servers: MeasuredServers, folder: string): Promise<void> {
  const { bus, store, titles, partitions } = servers;
  const load: Load = {
    bus,
    viewers: createViewers({ titles, profiles: Number(values.profiles), seed: 7 }),
    ledger: new Ledger(partitions),
    probe: await createFreshnessProbe(bus, store),
  };
  const workersOf = (materializers: number, projectors = 1) =>
    startWorkers({
      materializers,
      projectors,
      environment: servers.environment,
      spoolFolder: join(folder, 'spool'),
      profiled: values['cpu-profile'],
    });
  const cells: Cell[] = [];
  const handovers: Handover[] = [];
  try {
    await during(await workersOf(2), () => prepare(load));
    for (let run = 1; run <= Number(values.runs); run++) {
      for (const consumers of consumerCounts) {
        await during(await workersOf(consumers), async (workers) => {
          await warmUp(load);
          for (const rate of rates) {
            progress(`run ${run}: ${consumers} consumers, ${rate ?? 'max'} events/s`);
            const cell = await measureCell(servers, workers, load, {
              rate,
              seconds: Number(values.seconds),
              burst: Number(values.burst),
            });
            cells.push(cell);
          }
        });
      }
    }
    if (values.handover) await handoversOf(load, workersOf, handovers);
    progress('the log is replayed and compared');
    const verdict = await compareWithReplay(servers, load.ledger);
    verdictFailed = hasFailed(verdict);
    console.log(`${ingestionTable(cells)}\n`);
    if (handovers.length > 0) console.log(`${handoverTable(handovers)}\n`);
    console.log(
      `${load.ledger.events} events acknowledged, ${load.ledger.duplicates} duplicates, ${load.ledger.spooled} spooled.`,
    );
    console.log(`${verdictText(verdict)}\n`);
  } finally {
    await load.probe.stop();
  }
}

/** Registrations and a little of everybody's past. */
async function prepare(load: Load): Promise<void> {
  progress('profiles and their past');
  const registrations = load.viewers.registrations();
  for (let from = 0; from < registrations.length; from += PUBLISH_BATCH) {
    const batch = registrations.slice(from, from + PUBLISH_BATCH);
    load.ledger.enter(batch, await load.bus.publish(batch));
  }
  await publishBurst(load, Number(values.history) * Number(values.profiles), 0);
  if (!(await load.ledger.handled(load.probe.isHandled, SETTLE_MS))) {
    throw new Error('the past was not handled in time');
  }
}

/** New processes share out the partitions and compile what runs often; that is no part of what is measured. */
async function warmUp(load: Load): Promise<void> {
  await publishAtRate(load, { rate: WARM_UP_RATE, seconds: WARM_UP_SECONDS, follow: 0 });
  if (!(await load.ledger.handled(load.probe.isHandled, SETTLE_MS)))
    throw new Error('the warm-up was not handled');
}

async function handoversOf(
  load: Load,
  workersOf: (materializers: number, projectors?: number) => Promise<readonly WorkerProcess[]>,
  handovers: Handover[],
): Promise<void> {
  const rate = Number(values['handover-rate']);
  for (let run = 1; run <= Number(values.runs); run++) {
    await during(await workersOf(2), async (workers) => {
      await warmUp(load);
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        progress(`run ${run}: ${signal} of one of two consumers`);
        const how = `${signal} of one of two`;
        handovers.push(await measureHandover(load, { how, rate, change: () => oneOf(workers).end(signal) }));
        const how2 = 'a second one joins';
        const more: WorkerProcess[] = [];
        handovers.push(
          await measureHandover(load, {
            how: how2,
            rate,
            change: async () => void more.push(...(await workersOf(1, 0))),
          }),
        );
        (workers as WorkerProcess[]).push(...more);
      }
    });
  }
}

async function mutationsOnly(): Promise<void> {
  await inFolder(async (dataDirectory) => {
    const times = await measureMutations({
      dataDirectory,
      mutations: Number(values.mutations),
      clients: numbers(values['mutation-clients']),
      materializers: 2,
      progress,
    });
    console.log(`${mutationTable(times)}\n`);
    if (times.some(({ stale }) => stale.length > 0)) verdictFailed = true;
  });
}

async function during<T>(
  workers: readonly WorkerProcess[],
  work: (workers: readonly WorkerProcess[]) => Promise<T>,
): Promise<T> {
  try {
    return await work(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
    for (const { name, output } of workers) if (output !== '') progress(`${name} says:\n${output}`);
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-ingestion-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hasFailed({ impressionsSent, impressionsServed, different }: Verdict): boolean {
  return impressionsSent !== impressionsServed || different.length > 0;
}

function numbers(list: string): number[] {
  return list
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(Number);
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
