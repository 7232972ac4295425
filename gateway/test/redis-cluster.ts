/** A Redis Cluster of two nodes without replicas, on this machine: as strict about slots as one of a hundred. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';

const HALVES = [
  [0, 8_191],
  [8_192, 16_383],
] as const;

export interface RedisCluster {
  readonly urls: readonly string[];
  /** A client of each node by itself. */
  readonly nodes: readonly Redis[];
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** @param folder exists, and is the caller's to remove. */
export async function startRedisCluster(folder: string): Promise<RedisCluster> {
  const servers: LocalServer[] = [];
  const nodes: Redis[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes) node.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const buses: number[] = [];
    for (const [at, [first, last]] of HALVES.entries()) {
      const own = join(folder, `half-${at}`);
      mkdirSync(own);
      buses.push(await freePort());
      const settings = ['--cluster-enabled', 'yes', '--cluster-port', `${buses[at]}`];
      const server = await startLocalRedis({ folder: own, settings, durable: false });
      servers.push(server);
      const node = new Redis(server.url).on('error', () => undefined);
      nodes.push(node);
      await node.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
    }
    await nodes[1]?.call('CLUSTER', 'MEET', '127.0.0.1', servers[0]?.port ?? 0, buses[0] ?? 0);
    const isWhole = async (node: Redis) => String(await node.cluster('INFO')).includes('cluster_state:ok');
    await waitUntil(async () => (await Promise.all(nodes.map(isWhole))).every(Boolean), {
      deadlineMs: 20_000,
      what: 'the cluster',
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: servers.map(({ url }) => url),
    nodes,
    flush: async () => void (await Promise.all(nodes.map((node) => node.flushall()))),
    stop,
  };
}
