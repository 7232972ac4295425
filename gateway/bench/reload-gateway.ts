/**
 * The gateway of `reload.ts`, in a process of its own: the real supergraph from a file that changes, subgraphs that
 * answer for free, every shipped document planned ahead. Tells its parent where it listens, and on request what its event loop went through.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '@marquee/domain';
import { createLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { recorded } from '../../bench/gateway/graph.ts';
import { homeRows } from '../../bench/gateway/home-rows.ts';
import { loadableSupergraph } from '../src/federation/published.ts';
import { createSupergraphLifecycle } from '../src/federation/supergraph-lifecycle.ts';
import { supergraphFile } from '../src/federation/supergraph-source.ts';
import { createGateway, parseGatewayConfig, readContracts, readTrustedDocuments } from '../src/index.ts';

export interface GatewayReport {
  /** Of the thread that serves, since the last report. */
  readonly cpuMs: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly applied: number;
  readonly refused: number;
  readonly updateSeconds: number;
  readonly heapMb: number;
  readonly detail: string;
}

const path = process.argv[2] as string;
const logger = createLogger({ service: 'gateway', level: 'fatal' });
const metrics = createMetrics('gateway');
const subgraphs = recorded(homeRows.graph);
const supergraph = createSupergraphLifecycle({
  source: supergraphFile({ path, intervalMs: 100 }),
  check: (sdl) => void loadableSupergraph(sdl),
  logger,
  metrics,
  now: () => Date.now(),
});
await supergraph.start();
const executorFor = (name: string): SubgraphExecutor => {
  return ({ query, variables }) => subgraphs.answer(name, query, variables ?? {});
};
const gateway = createGateway({
  config: parseGatewayConfig({
    PORT: '0',
    MARQUEE_MODE: 'development',
    LOG_LEVEL: 'fatal',
    // What a busy machine would make it refuse is not what is measured here.
    MARQUEE_OVERLOAD_PROTECTION: 'off',
  }),
  supergraphSdl: supergraph.first,
  supergraph,
  executors: Object.fromEntries([...homeRows.graph.schemas.keys()].map((name) => [name, executorFor(name)])),
  routes: [],
  readiness: () => ({ ready: true, components: { supergraph: supergraph.readiness() } }),
  personas: [],
  contracts: await readContracts(),
  exampleOperations: await readTrustedDocuments(),
  clock: systemClock,
  logger,
  metrics,
});
await gateway.start();

let cpu = process.threadCpuUsage();
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
async function count(line: RegExp): Promise<number> {
  return Number(line.exec((await metrics.exposition()).body)?.[1] ?? 0);
}
process.on('message', async (message) => {
  if (message === 'stop') return process.exit(0);
  const { user, system } = process.threadCpuUsage(cpu);
  cpu = process.threadCpuUsage();
  const report: GatewayReport = {
    cpuMs: (user + system) / 1_000,
    loopP99Ms: loop.percentile(99) / 1e6,
    loopMaxMs: loop.max / 1e6,
    applied: await count(/updates_total\{outcome="applied"[^}]*\} (\d+)/),
    refused: await count(/updates_total\{outcome="refused"[^}]*\} (\d+)/),
    updateSeconds: await count(/update_seconds_sum\{[^}]*\} ([\d.]+)/),
    heapMb: Math.round(process.memoryUsage().heapUsed / 1_048_576),
    detail: supergraph.readiness().detail ?? '',
  };
  loop.reset();
  process.send?.(report);
});
process.send?.(gateway.url());
