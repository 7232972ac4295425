/**
 * Gateways beside each other, each a process of its own over real HTTP before the same subgraph process: all are
 * started over one graph, their answers compared, then measured in turns, so that what else the machine does is shared.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Progress } from '../../packages/standalone/src/cli/progress.ts';
import { median } from '../closed-loop.ts';
import { type Contender, MARQUEE } from './contenders.ts';
import { type BenchGraph, expectedAnswers, type Scenario } from './graph.ts';
import { type PreparedRequest, runFor } from './load.ts';
import {
  type GatewayProcess,
  machineTime,
  PROCESSORS,
  type Subgraphs,
  startGateway,
  startSubgraphs,
} from './processes.ts';
import { scenarioNamed } from './scenarios.ts';

/** Requests that are under way together are never the same, or always: what in-flight deduplication may save. */
export const TRAFFIC = ['distinct', 'identical'] as const;
export type Traffic = (typeof TRAFFIC)[number];

export interface ComparisonOptions {
  readonly scenarios: readonly string[];
  readonly contenders: readonly Contender[];
  readonly seconds: number;
  readonly runs: number;
  readonly clients: number;
  readonly progress: Pick<Progress, 'phase' | 'update'>;
  /** Ends it between two measurements. */
  readonly signal: AbortSignal;
}

/** Medians over the runs, times in milliseconds. */
export interface Cell {
  readonly scenario: string;
  readonly traffic: Traffic;
  readonly gateway: string;
  /** Requests to subgraphs for one of a client. */
  readonly fetches: number;
  readonly kilobytes: number;
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMb: number;
  readonly failed: number;
  /** Against the graph's answer without a gateway. */
  readonly answers: 'equal' | 'DIFFERENT';
}

export interface Comparison {
  readonly cells: readonly Cell[];
  /** Gateways that were left out, and why. */
  readonly notes: readonly string[];
  /** Of the machine's processors, what neither a gateway nor this benchmark used while something was measured. */
  readonly othersShare: number;
}

/** Each client goes through so many variants of its own. */
const VARIANTS_PER_CLIENT = 2;
const WARM_UP_SECONDS = 2;

interface Entrant {
  readonly contender: Contender;
  readonly gateway: GatewayProcess;
}

interface Prepared {
  /** By variant; the lengths are those of this gateway's answers. */
  readonly requests: readonly PreparedRequest[];
  readonly answers: Cell['answers'];
}

type Measured = Omit<Cell, 'scenario' | 'traffic' | 'gateway' | 'kilobytes' | 'answers'>;

export async function compare(options: ComparisonOptions): Promise<Comparison> {
  const graphs = Map.groupBy(options.scenarios, (name) => scenarioNamed(name).graph);
  const cells: Cell[] = [];
  const notes: string[] = [];
  const machine = { others: 0, all: 0 };
  const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
  try {
    for (const [graph, scenarios] of graphs) {
      cells.push(...(await compareOn(graph, scenarios, { options, folder, notes, machine })));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { cells, notes, othersShare: machine.others / machine.all };
}

interface Surroundings {
  readonly options: ComparisonOptions;
  readonly folder: string;
  readonly notes: string[];
  readonly machine: { others: number; all: number };
}

async function compareOn(
  graph: BenchGraph,
  scenarios: readonly string[],
  around: Surroundings,
): Promise<Cell[]> {
  const { options, notes } = around;
  const where = scenarios.join(' and ');
  options.progress.phase(`${where}: starting the gateways`);
  const subgraphs = await startSubgraphs(scenarios[0] as string);
  const entrants: Entrant[] = [];
  try {
    const urlOf = (name: string): string => `http://127.0.0.1:${subgraphs.port}/${name}`;
    const supergraphFile = join(around.folder, `${scenarios[0]}.graphql`);
    await writeFile(supergraphFile, withAddresses(graph.supergraphSdl, urlOf));
    for (const contender of options.contenders) {
      options.signal.throwIfAborted();
      const served = { graph, supergraphFile, urlOf, folder: around.folder };
      const command = await contender.command(served);
      if (typeof command === 'string') notes.push(`${contender.name} is not in ${where}: ${command}.`);
      else {
        const log = join(around.folder, `${entrants.length}.log`);
        try {
          entrants.push({ contender, gateway: await startGateway(command, log) });
        } catch (error) {
          if (!contender.isPeer) throw error;
          notes.push(`${contender.name} is not in ${where}: ${(error as Error).message}`);
        }
      }
    }
    const measured = new Map<string, Measured[]>();
    const prepared = new Map<string, Prepared>();
    options.progress.phase(`${where}: comparing the answers and warming up`);
    for (const name of scenarios) {
      const scenario = scenarioNamed(name);
      const expected = await expectedAnswers(scenario, options.clients * VARIANTS_PER_CLIENT);
      for (const entrant of entrants) {
        options.signal.throwIfAborted();
        const each = await prepare(scenario, entrant, expected);
        prepared.set(keyOf(name, entrant), each);
        await measure(entrant, each, 'distinct', { ...options, seconds: WARM_UP_SECONDS }, subgraphs);
      }
    }
    const total = options.runs * scenarios.length * TRAFFIC.length * entrants.length;
    let done = 0;
    options.progress.phase(`${where}: measuring`, total);
    for (let run = 1; run <= options.runs; run++) {
      for (const name of scenarios) {
        for (const traffic of TRAFFIC) {
          for (const entrant of entrants) {
            options.signal.throwIfAborted();
            const key = keyOf(name, entrant);
            const one = await measure(
              entrant,
              prepared.get(key) as Prepared,
              traffic,
              options,
              subgraphs,
              around.machine,
            );
            const list = measured.get(`${key} ${traffic}`) ?? [];
            measured.set(`${key} ${traffic}`, [...list, one]);
            options.progress.update(++done);
          }
        }
      }
    }
    return scenarios.flatMap((name) =>
      TRAFFIC.flatMap((traffic) =>
        entrants.map((entrant) => {
          const key = keyOf(name, entrant);
          const { requests, answers } = prepared.get(key) as Prepared;
          return {
            ...{ scenario: name, traffic, gateway: entrant.contender.name, answers },
            kilobytes: (requests[0]?.bytes ?? 0) / 1_024,
            ...medians(measured.get(`${key} ${traffic}`) ?? []),
          };
        }),
      ),
    );
  } finally {
    await Promise.all(entrants.map(({ gateway }) => gateway.stop()));
    await subgraphs.stop();
  }
}

function keyOf(scenario: string, { contender }: Entrant): string {
  return `${scenario} ${contender.name}`;
}

/** Asks once for each variant and compares the whole answer; from then on its length tells. */
async function prepare(
  scenario: Scenario,
  { contender, gateway }: Entrant,
  expected: readonly unknown[],
): Promise<Prepared> {
  const requests: PreparedRequest[] = [];
  let answers: Cell['answers'] = 'equal';
  for (const [variant, rightAnswer] of expected.entries()) {
    const variables = scenario.variantOf(variant);
    const body = JSON.stringify({ query: scenario.query, variables });
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
    });
    const text = await response.text();
    requests.push({ body: Buffer.from(body), bytes: Buffer.byteLength(text) });
    if (isDeepStrictEqual(JSON.parse(text), rightAnswer)) continue;
    answers = 'DIFFERENT';
    if (contender.name === MARQUEE) {
      throw new Error(`${scenario.name}: our answer is not the expected one: ${text.slice(0, 500)}`);
    }
  }
  return { requests, answers };
}

async function measure(
  { gateway }: Entrant,
  { requests }: Prepared,
  traffic: Traffic,
  { clients, seconds }: Pick<ComparisonOptions, 'clients' | 'seconds'>,
  subgraphs: Subgraphs,
  machine?: Surroundings['machine'],
): Promise<Measured> {
  await subgraphs.report();
  const own = process.cpuUsage();
  const [before, timeBefore] = [await gateway.cpuMs(), await machineTime()];
  const result = await runFor({
    url: gateway.url,
    clients,
    seconds,
    // No two clients have a variant in common.
    choose: (client, n) => {
      const variant = traffic === 'identical' ? 0 : client + clients * (n % VARIANTS_PER_CLIENT);
      return requests[variant] as PreparedRequest;
    },
  });
  const cpuMs = (await gateway.cpuMs()) - before;
  const timeAfter = await machineTime();
  const { requests: fetched, cpuMs: subgraphCpuMs } = await subgraphs.report();
  if (machine !== undefined) {
    const { user, system } = process.cpuUsage(own);
    const ours = cpuMs + subgraphCpuMs + (user + system) / 1_000;
    machine.others += Math.max(0, timeAfter.busy - timeBefore.busy - ours);
    machine.all += result.seconds * 1_000 * PROCESSORS;
  }
  return {
    fetches: fetched / result.requests,
    cpuMs: cpuMs / result.requests,
    perSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    residentMb: await gateway.residentMb(),
    failed: result.failed,
  };
}

function medians(runs: readonly Measured[]): Measured {
  const of = (pick: (one: Measured) => number): number => median(runs.map(pick));
  return {
    fetches: of(({ fetches }) => fetches),
    cpuMs: of(({ cpuMs }) => cpuMs),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    residentMb: of(({ residentMb }) => residentMb),
    failed: runs.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** The supergraph as it would be composed of subgraphs at these addresses. */
function withAddresses(sdl: string, urlOf: (name: string) => string): string {
  return sdl.replace(
    /@join__graph\(name: "([^"]+)", url: "[^"]*"\)/g,
    (_, name: string) => `@join__graph(name: "${name}", url: "${urlOf(name)}")`,
  );
}
