/** Gateways over small graphs that are stopped when the tests of a file are over. */
import { afterAll } from 'vitest';
import type { Gateway, GatewayOptions } from '../../src/index.ts';
import { gatewayOver, type SmallGraph, smallGraph } from './small-graph.ts';

export type Start = (graph?: SmallGraph, options?: Partial<GatewayOptions>) => Promise<Gateway>;

/** Called once, at the top of a file of tests. */
export function startedGateways(): Start {
  const gateways: Gateway[] = [];
  afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())));
  return async (graph = smallGraph(), options = {}) => {
    const gateway = gatewayOver(graph, options);
    gateways.push(gateway);
    await gateway.start();
    return gateway;
  };
}
