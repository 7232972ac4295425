/** The small graph as a process of its own, for tests that need a real SIGTERM. Says where it listens on standard output. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseGatewayConfig } from '../../src/index.ts';
import { gatewayOver, SECRET, smallGraph } from './small-graph.ts';

const graph = smallGraph();
const { content } = graph.executors;
const gateway = gatewayOver(
  {
    ...graph,
    executors: {
      ...graph.executors,
      // Some requests are always in flight.
      content: async (request) => {
        await delay(5);
        return content!(request);
      },
    },
  },
  { config: parseGatewayConfig({ PORT: '0', MARQUEE_AUTH_SECRET: SECRET, ...process.env }) },
);
await gateway.start();
process.once('SIGTERM', () => {
  gateway.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(`${gateway.url()}\n`);
