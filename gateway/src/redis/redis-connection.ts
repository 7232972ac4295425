/**
 * Connections of the gateway to Redis, one server or a cluster: nothing waits without a bound, nothing is sent twice
 * behind its caller's back, and what goes wrong is told without what was sent.
 */
import { MarqueeError } from '@marquee/service-kit';
import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';

export interface RedisAddress {
  /** `redis://user:password@host:port/db`, or `rediss://` for TLS. */
  readonly url?: string | undefined;
  /** In its place: nodes to find a cluster by. Credentials and TLS are those of the first. */
  readonly clusterNodes?: readonly string[] | undefined;
}

export interface RedisConnectionOptions extends RedisAddress {
  /** As the server lists it. */
  readonly name: string;
  /** After which a command is given up; whoever asks may wait less. */
  readonly commandTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 1_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;
const REASON_LENGTH = 120;

/** Begins to connect, and goes on trying until it is disconnected. */
export function connectRedis(options: RedisConnectionOptions): Redis | Cluster {
  const { url, clusterNodes, name, commandTimeoutMs } = options;
  const common: CommonRedisOptions & { connectTimeout: number } = {
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  };
  return clusterNodes === undefined
    ? new Redis(url as string, { ...common, enableOfflineQueue: false, retryStrategy: backOffMs })
    : clusterOf(clusterNodes, common);
}

/** Resolves with the first try to connect, whatever came of it. */
export function firstTry(client: Redis | Cluster): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['ready', 'close', 'end']) client.once(event, () => resolve());
  });
}

/** Without the command, which is in the error of a client. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, REASON_LENGTH);
}

function clusterOf(nodes: readonly string[], common: CommonRedisOptions): Cluster {
  const [first, ...others] = nodes.map((node) => new URL(node));
  if (first === undefined) throw new MarqueeError('CONFIG_INVALID', 'a cluster needs the address of a node');
  const places = [first, ...others].map(({ hostname, port }) => ({
    host: hostname,
    port: Number(port || 6379),
  }));
  return new Cluster(places, {
    enableOfflineQueue: false,
    clusterRetryStrategy: backOffMs,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    redisOptions: {
      ...common,
      ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
      ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === 'rediss:' && { tls: {} }),
    },
  });
}

function backOffMs(attempt: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
}
