/**
 * Quotas in Redis, shared by all gateways. Every key has an expiry, and every script one key: a cluster spreads partners
 * over its nodes. A server that loses its memory forgets the windows that were running, and nothing else.
 */
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import type { Cluster, Redis } from 'ioredis';
import { connectRedis, firstTry, type RedisAddress, reasonOf } from '../../../redis/redis-connection.ts';
import type { QuotaCounter, Taken, Taking } from '../quota-counter.ts';
import { ATTEND, TAKE } from './scripts.ts';

export interface RedisCounterOptions extends RedisAddress {
  /** Of every key; installations may share a server. */
  readonly keyPrefix: string;
  /** After which a command is given up; whoever asks waits less. */
  readonly commandTimeoutMs: number;
  readonly logger: Logger;
}

type Client = (Redis | Cluster) & {
  quotaTake(...args: (string | number)[]): Promise<[number, number, number]>;
  quotaAttend(...args: (string | number)[]): Promise<number>;
};

export class RedisQuotaCounter implements QuotaCounter {
  readonly name = 'quotas';
  readonly #options: RedisCounterOptions;
  #client: Client | undefined;
  #trouble: string | undefined;

  constructor(options: RedisCounterOptions) {
    this.#options = options;
  }

  async take({ subject, quota, amount, owed = 0 }: Taking): Promise<Taken> {
    const key = `${this.#options.keyPrefix}quota:{${subject}:${quota.windowSeconds}}`;
    const [admitted, used, endsInMs] = await this.#run((client) =>
      client.quotaTake(key, quota.windowSeconds * 1_000, quota.limit, amount, owed),
    );
    return { admitted: admitted === 1, used, endsInMs };
  }

  attend(gateway: string, ttlMs: number): Promise<number> {
    return this.#run((client) => client.quotaAttend(this.#gateways, gateway, ttlMs));
  }

  async leave(gateway: string): Promise<void> {
    await this.#run((client) => client.zrem(this.#gateways, gateway));
  }

  /** Waits for the first try to connect, and fails in no case: without Redis each gateway has a share of its own. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = connect(this.#options);
    client.on('error', (error: Error) => {
      const trouble = reasonOf(error);
      if (this.#trouble !== trouble) this.#options.logger.warn({ reason: trouble }, 'quotas are not shared');
      this.#trouble = trouble;
    });
    const tried = firstTry(client);
    client.on('ready', () => {
      this.#trouble = undefined;
    });
    this.#client = client;
    await tried;
  }

  async stop(): Promise<void> {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  readiness(): Readiness {
    return this.#trouble === undefined
      ? READY
      : { ready: true, detail: `not shared, each gateway has its part: ${this.#trouble}` };
  }

  get #gateways(): string {
    return `${this.#options.keyPrefix}quota:gateways`;
  }

  async #run<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    try {
      if (client !== undefined) return await command(client);
    } catch (error) {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `the quota counter: ${reasonOf(error)}`);
    }
    throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the quota counter is not running');
  }
}

function connect(options: RedisCounterOptions): Client {
  const client = connectRedis({ ...options, name: 'marquee-quotas' });
  client.defineCommand('quotaTake', { lua: TAKE, numberOfKeys: 1 });
  client.defineCommand('quotaAttend', { lua: ATTEND, numberOfKeys: 1 });
  return client as Client;
}
