/** A Redis Cluster of three nodes without replicas, on this machine. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';

const NODES = 3;
const SLOTS = 16_384;

export interface LocalCluster {
  readonly nodes: readonly LocalServer[];
  readonly urls: readonly string[];
  /** Empties every node. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** @param folder exists, and is the caller's to remove. */
export async function startLocalCluster(folder: string): Promise<LocalCluster> {
  const busPorts = await Promise.all(Array.from({ length: NODES }, () => freePort()));
  const nodes = await Promise.all(
    busPorts.map((busPort, i) => {
      const own = join(folder, `node-${i}`);
      mkdirSync(own);
      const settings = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        `${busPort}`,
        '--cluster-node-timeout',
        '2000',
      ];
      return startLocalRedis({ folder: own, settings, durable: false });
    }),
  );
  const clients = nodes.map(({ url }) => new Redis(url).on('error', () => undefined));
  const each = <T>(work: (client: Redis, i: number) => Promise<T>) => Promise.all(clients.map(work));
  await each((client, i) => {
    const [from, to] = [Math.floor((SLOTS * i) / NODES), Math.floor((SLOTS * (i + 1)) / NODES) - 1];
    return client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
  });
  await each((client) => client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port, busPorts[0]!));
  await waitUntil(
    async () => {
      const states = await each((client) => client.cluster('INFO') as Promise<string>);
      return states.every(
        (s) => s.includes('cluster_state:ok') && s.includes(`cluster_known_nodes:${NODES}`),
      );
    },
    { deadlineMs: 20_000, what: 'the cluster' },
  );
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    flush: async () => void (await each((client) => client.flushall())),
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
