/** The small graph with a supergraph that changes while it is being served. */
import { type Logger, type Metrics, silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { loadSupergraph } from '../../src/executor/supergraph/supergraph.ts';
import { hashOfSupergraph, type PublishedSupergraph } from '../../src/federation/published-supergraph.ts';
import {
  createSupergraphLifecycle,
  type SupergraphLifecycleOptions,
} from '../../src/federation/supergraph-lifecycle.ts';
import type { Gateway, GatewayOptions } from '../../src/index.ts';
import { gatewayOver, NOW, type SmallGraph, smallGraph } from './small-graph.ts';

export const GRAPH = smallGraph();
/** The same without the field `broken`. */
export const WITHOUT_BROKEN = without('broken');
export const WITHOUT_REFUSED = without('refused(first: Int)');
/** A subgraph of it has moved to where nobody can reach it. */
export const WITH_STRANGER = GRAPH.supergraphSdl.replaceAll('name: "user-profile"', 'name: "stranger"');

function without(field: string): string {
  const lines = GRAPH.supergraphSdl.split('\n');
  const at = lines.findIndex((line) => line.trim().startsWith(`${field}:`));
  if (at === -1) throw new Error(`the small graph has no ${field}`);
  return lines.filter((_, index) => index !== at && index !== at - 1).join('\n');
}

export function publication(version: number, sdl: string): PublishedSupergraph {
  return {
    version,
    hash: hashOfSupergraph(sdl),
    publishedAt: '2026-03-01T12:00:00.000Z',
    publishedBy: 'ada',
    note: 'a test',
    sdl,
  };
}

export interface ChangingGateway {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  detail(): string;
  metric(line: RegExp): Promise<boolean>;
  stop(): Promise<void>;
}

export async function changingGateway(
  lifecycle: Pick<SupergraphLifecycleOptions, 'source'> & Partial<SupergraphLifecycleOptions>,
  options: Partial<GatewayOptions> & { graph?: SmallGraph; logger?: Logger } = {},
): Promise<ChangingGateway> {
  const metrics = createMetrics('test');
  const { graph = GRAPH, logger = silentLogger } = options;
  const supergraph = createSupergraphLifecycle({
    check: (sdl) => void loadSupergraph(sdl),
    logger,
    metrics,
    now: () => NOW,
    ...lifecycle,
  });
  await supergraph.start();
  const gateway = gatewayOver(graph, {
    ...options,
    supergraphSdl: supergraph.first,
    supergraph,
    readiness: () => ({ ready: true, components: { supergraph: supergraph.readiness() } }),
  });
  await gateway.start();
  return {
    gateway,
    metrics,
    detail: () => supergraph.readiness().detail ?? '',
    metric: async (line) => line.test((await metrics.exposition()).body),
    async stop() {
      await gateway.stop();
      await supergraph.stop();
    },
  };
}
