/** The ioredis client of one server or of a cluster, set up so that nothing waits or queues without a bound. */
import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';

export type RedisClient = Redis | Cluster;

export interface RedisAddress {
  /** `redis://user:password@host:port/db`, or `rediss://` for TLS. */
  readonly url?: string;
  /** Nodes to find a cluster by, as URLs; credentials and TLS are those of the first. */
  readonly clusterNodes?: readonly string[];
}

export interface RedisTimes {
  /** For taking a connection. */
  readonly connectTimeoutMs: number;
  /** A server that owes an answer for so long is disconnected. */
  readonly silenceMs: number;
}

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export function createClient({ url, clusterNodes }: RedisAddress, times: RedisTimes): RedisClient {
  const common: CommonRedisOptions & { connectTimeout: number } = {
    connectTimeout: times.connectTimeoutMs,
    socketTimeout: times.silenceMs,
    connectionName: 'marquee-store',
    // Commands in flight when a connection breaks are sent once more, at once, or fail.
    maxRetriesPerRequest: 1,
    // A primary that was demoted: connect anew, its name may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
  if (clusterNodes === undefined) {
    return new Redis(url!, { ...common, enableOfflineQueue: false, retryStrategy: backOffMs });
  }
  const [first] = clusterNodes.map((node) => new URL(node));
  return new Cluster(
    clusterNodes.map((node) => ({ host: new URL(node).hostname, port: Number(new URL(node).port || 6379) })),
    {
      enableOfflineQueue: false,
      clusterRetryStrategy: backOffMs,
      slotsRefreshTimeout: times.connectTimeoutMs,
      retryDelayOnFailover: 50,
      retryDelayOnClusterDown: 50,
      maxRedirections: 5,
      redisOptions: {
        ...common,
        ...(first!.username === '' ? {} : { username: decodeURIComponent(first!.username) }),
        ...(first!.password === '' ? {} : { password: decodeURIComponent(first!.password) }),
        ...(first!.protocol === 'rediss:' ? { tls: {} } : {}),
      },
    },
  );
}

/** The servers that hold the data, for what concerns each of them. */
export function primariesOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** Host and port without credentials. */
export function addressOf({ url, clusterNodes }: RedisAddress): string {
  return (clusterNodes ?? [url!]).map((node) => new URL(node).host).join(', ');
}

/** Doubling, with half of it random, so that the processes of an installation do not come back together. */
function backOffMs(attempt: number): number {
  const full = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10));
  return full / 2 + (Math.random() * full) / 2;
}
