/**
 * The online store on Redis, one server or a Cluster. Values are plain strings of bytes; times to live are Redis' own.
 * See key-layout.ts for where keys are, redis-writer.ts for how writes are atomic, redis-connection.ts for what
 * happens when the server is away.
 */
import { type Logger, MarqueeError } from '@marquee/service-kit';
import {
  type Checkpoint,
  type KeyValueStore,
  MAX_KEYS,
  type SlotGroupOf,
  type StoreEntry,
} from '../index.ts';
import { KeyLayout } from './key-layout.ts';
import { sequenceOf } from './put-script.ts';
import { primariesOf, type RedisAddress } from './redis-client.ts';
import { RedisConnection } from './redis-connection.ts';
import { PREFERRED_ENTRIES, RedisWriter } from './redis-writer.ts';
import { type StoreTraffic, TrafficCounter } from './traffic-counter.ts';

export interface RedisStoreOptions extends RedisAddress {
  /** Begins every key; installations that share a server differ in it. Without braces. */
  readonly keyPrefix: string;
  /** Default: all keys in one group, so on one node of a cluster. */
  readonly slotGroupOf?: SlotGroupOf;
  /** For every command; writes get a little more by their size. Default 250. */
  readonly commandTimeoutMs?: number;
  /** Default 2,000. */
  readonly connectTimeoutMs?: number;
  /** How long `start` waits for a server that can be used. Default 30,000. */
  readonly startWithinMs?: number;
  readonly logger: Logger;
}

export interface RedisStore extends KeyValueStore {
  readonly traffic: StoreTraffic;
  /** False while the server is away; readiness stays true then, because fallbacks serve. */
  readonly connected: boolean;
}

const DELETE_CHUNK = 1_000;
const SCAN_COUNT = 1_000;
/** Keys remembered to tell a repeated one: SCAN repeats keys when Redis shrinks its table meanwhile. */
const MAX_REMEMBERED = 200_000;

/**
 * @throws MarqueeError CONFIG_INVALID unless exactly one of `url` and `clusterNodes` is given. `start()` throws
 *   CONFIG_INVALID (credentials, no Redis, a replica, a server that evicts lasting values), DATA_CORRUPT (filled under
 *   another layout) or DEPENDENCY_UNAVAILABLE after `startWithinMs`, and tells what it waits for meanwhile.
 */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  if (
    (options.url === undefined) ===
    (options.clusterNodes === undefined || options.clusterNodes.length === 0)
  ) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      'the online store needs the URL of a Redis or the nodes of a cluster',
    );
  }
  return new RedisKeyValueStore(options);
}

class RedisKeyValueStore implements RedisStore {
  readonly name = 'online-store';
  readonly preferredEntries = PREFERRED_ENTRIES;
  readonly #layout: KeyLayout;
  readonly #connection: RedisConnection;
  readonly #writer: RedisWriter;
  readonly #traffic = new TrafficCounter();
  readonly #spread: boolean;

  constructor(options: RedisStoreOptions) {
    this.#layout = new KeyLayout(options.keyPrefix, options.slotGroupOf);
    this.#spread = options.clusterNodes !== undefined;
    this.#connection = new RedisConnection({
      ...(options.url === undefined ? { clusterNodes: options.clusterNodes } : { url: options.url }),
      layout: this.#layout,
      commandTimeoutMs: options.commandTimeoutMs ?? 250,
      connectTimeoutMs: options.connectTimeoutMs ?? 2_000,
      startWithinMs: options.startWithinMs ?? 30_000,
      logger: options.logger,
    });
    this.#writer = new RedisWriter(this.#layout, this.#connection, this.#traffic, this.#spread);
  }

  get traffic(): StoreTraffic {
    return this.#traffic.read();
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  start(): Promise<void> {
    return this.#connection.start();
  }

  stop(): Promise<void> {
    return this.#connection.stop();
  }

  readiness() {
    return this.#connection.readiness();
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length > MAX_KEYS)
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `at most ${MAX_KEYS} keys in one read, not ${keys.length}`,
        field: 'keys',
      });
    if (keys.length === 0) return [];
    if (!this.#spread) {
      const physical = this.#layout.physicalAll(keys);
      this.#traffic.count(1);
      const blobs = await this.#connection.run('MGET', (client) => client.mgetBuffer(physical));
      return undefinedForNull(blobs);
    }
    const groups = [...this.#layout.byGroup(keys).values()];
    this.#traffic.count(groups.length);
    const answers = await Promise.all(
      groups.map(({ physical }) => this.#connection.run('MGET', (client) => client.mgetBuffer(physical))),
    );
    const result = new Array<Uint8Array | undefined>(keys.length);
    for (const [g, { places }] of groups.entries()) {
      for (const [i, place] of places.entries()) result[place] = answers[g]![i] ?? undefined;
    }
    return result;
  }

  putMany(entries: readonly StoreEntry[], checkpoint?: Checkpoint): Promise<void> {
    return this.#writer.putMany(entries, checkpoint);
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const commands: string[][] = [];
    const groups = this.#spread
      ? [...this.#layout.byGroup(keys).values()].map(({ physical }) => physical)
      : [this.#layout.physicalAll(keys)];
    for (const physical of groups) {
      for (let i = 0; i < physical.length; i += DELETE_CHUNK)
        commands.push(physical.slice(i, i + DELETE_CHUNK));
    }
    this.#traffic.count(commands.length);
    await Promise.all(
      commands.map((chunk) => this.#connection.run('UNLINK', (client) => client.unlink(...chunk))),
    );
  }

  async *scan(prefix: string): AsyncGenerator<readonly string[]> {
    const pattern = this.#layout.scanPattern(prefix);
    const seen = new Set<string>();
    const primaries = await this.#connection.run('SCAN', async (client) => primariesOf(client));
    for (const primary of primaries) {
      let cursor = '0';
      do {
        this.#traffic.count(1);
        const [next, found] = await this.#connection.run('SCAN', () =>
          primary.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
        );
        cursor = next;
        const page: string[] = [];
        for (const physical of found) {
          const key = this.#layout.logical(physical);
          if (key === undefined || !key.startsWith(prefix) || seen.has(key)) continue;
          if (seen.size < MAX_REMEMBERED) seen.add(key);
          page.push(key);
        }
        if (page.length > 0) yield page;
      } while (cursor !== '0');
    }
  }

  async checkpoint(consumer: string, partition?: number): Promise<number> {
    const { physical } = this.#layout.checkpoint(consumer, partition);
    this.#traffic.count(1);
    const stored = await this.#connection.run('GET', (client) => client.get(physical));
    if (stored === null) return 0;
    const sequence = sequenceOf(stored);
    if (sequence === undefined) {
      throw new MarqueeError(
        'DATA_CORRUPT',
        `the checkpoint of ${consumer} cannot be read: ${stored.slice(0, 40)}`,
      );
    }
    return sequence;
  }

  /** What Redis has answered it has; how durable that is its own configuration says. */
  async flush(): Promise<void> {
    await this.#connection.run('flush', async () => undefined);
  }
}

function undefinedForNull<T>(values: (T | null)[]): (T | undefined)[] {
  for (let i = 0; i < values.length; i++)
    if (values[i] === null) (values as (T | undefined)[])[i] = undefined;
  return values as (T | undefined)[];
}
