/**
 * Answers in Redis, one server or a cluster, shared by all gateways. Nothing here lives without an expiry.
 *
 * Versions are drawn, not counted: whoever reads a subject that has none gives it one that never was and never will be
 * again, and a subject advances by losing its version. So a version that was evicted or expired, or that a server lost
 * with its memory, ends what depended on it, and no command that is late or sent twice brings back what was ended. An
 * entry says at which versions it was computed; nothing has to happen in one step over several subjects.
 */
import { randomBytes } from 'node:crypto';
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import { Cluster, type Redis } from 'ioredis';
import { connectRedis, firstTry, type RedisAddress, reasonOf } from '../../redis/redis-connection.ts';
import { type Entry, type Found, type ResponseStore, type Slot, VERSION_AGE_MS } from '../response-store.ts';
import { ResponseKeys } from './response-keys.ts';
import { WRITE_OWNED } from './scripts.ts';

export interface RedisResponseStoreOptions extends RedisAddress {
  /** Of every key; installations may share a server. Without braces. */
  readonly keyPrefix: string;
  /** What a command may take. */
  readonly commandTimeoutMs: number;
  readonly logger: Logger;
}

const VERSION_BYTES = 9;
/** Of what is sent at once: Redis does little else in the meantime. */
const MAX_WRITE_BYTES = 256 * 1024;
const SCAN_COUNT = 1_000;
/** A version that is written under is kept alive this often, so that it outlives what is written. */
const REFRESH_MS = VERSION_AGE_MS / 8;
const MAX_REFRESHED = 50_000;

type Client = (Redis | Cluster) & {
  responsesWriteOwned(...args: (string | number)[]): Promise<number>;
};

export class RedisResponseStore implements ResponseStore {
  readonly name = 'response-cache';
  readonly #options: RedisResponseStoreOptions;
  readonly #keys: ResponseKeys;
  /** Keys of versions, with when they were last given their whole time. */
  readonly #refreshed = new Map<string, number>();
  #client: Client | undefined;
  #trouble: string | undefined;

  constructor(options: RedisResponseStoreOptions) {
    this.#options = options;
    this.#keys = new ResponseKeys(options.keyPrefix);
  }

  async read(slots: readonly Slot[]): Promise<readonly Found[]> {
    const wanted = slots.map((slot) => ({
      versionKeys: this.#versionKeys(slot),
      entryKey: this.#keys.entry(slot),
    }));
    const versionKeys = new Set(wanted.flatMap((each) => each.versionKeys));
    return this.#run('a look-up', async (client) => {
      const values = await this.#values(client, [...versionKeys, ...wanted.map(({ entryKey }) => entryKey)]);
      const made = await this.#makeVersions(
        client,
        [...versionKeys].filter((key) => !values.has(key)),
      );
      return wanted.map((each) => {
        const versions = each.versionKeys.map((key) => values.get(key) ?? made.get(key)).join(',');
        const value = values.get(each.entryKey);
        const isCurrent = value?.startsWith(`${versions}\n`) === true;
        return { versions, text: isCurrent ? value?.slice(versions.length + 1) : undefined };
      });
    });
  }

  async write(entries: readonly Entry[]): Promise<number> {
    let written = 0;
    for (const batch of batches(entries)) {
      written += await this.#run('a write', (client) => this.#writeBatch(client, batch));
    }
    return written;
  }

  async advance(subjects: readonly string[]): Promise<void> {
    const keys = [...new Set(subjects)].map((subject) => this.#keys.version(subject));
    await this.#run('an invalidation', (client) =>
      Promise.all(this.#together(client, keys).map((together) => client.del(...together))),
    );
  }

  /** Goes through all keys of every server: for erasures, never for serving. */
  async remove(owner: string): Promise<number> {
    await this.advance([owner]);
    const client = this.#client;
    const servers = client instanceof Cluster ? client.nodes('master') : client === undefined ? [] : [client];
    let removed = 0;
    for (const server of servers) removed += await this.#removeFrom(server, this.#keys.entriesOf(owner));
    return removed;
  }

  /** Never fails and never waits: a gateway without its cache is slower, and that is all. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = connectRedis({ ...this.#options, name: 'marquee-response-cache' });
    client.defineCommand('responsesWriteOwned', { lua: WRITE_OWNED, numberOfKeys: 2 });
    client.on('error', (error: Error) => {
      const trouble = reasonOf(error);
      if (this.#trouble !== trouble)
        this.#options.logger.warn({ reason: trouble }, 'the response cache is away');
      this.#trouble = trouble;
    });
    client.on('ready', () => {
      this.#trouble = undefined;
    });
    this.#client = client as Client;
    await firstTry(client);
  }

  async stop(): Promise<void> {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  readiness(): Readiness {
    return this.#trouble === undefined ? READY : { ready: true, detail: `away: ${this.#trouble}` };
  }

  async #writeBatch(client: Client, batch: readonly Entry[]): Promise<number> {
    const versionKeys = new Set(batch.flatMap(({ slot }) => this.#versionKeys(slot)));
    const current = await this.#values(client, [...versionKeys]);
    this.#refresh(client, [...versionKeys]);
    const writes: Promise<boolean>[] = [];
    for (const { slot, versions, text, ttlMs } of batch) {
      const keys = this.#versionKeys(slot);
      // What was ended in the meantime would never be read, and might be in the place of something newer.
      if (keys.map((key) => current.get(key)).join(',') !== versions) continue;
      const [place, value, ttl] = [this.#keys.entry(slot), `${versions}\n${text}`, Math.ceil(ttlMs)];
      writes.push(
        slot.owner === undefined
          ? client.set(place, value, 'PX', ttl).then(() => true)
          : client
              .responsesWriteOwned(
                keys[0] as string,
                place,
                current.get(keys[0] as string) as string,
                value,
                ttl,
              )
              .then((count) => count === 1),
      );
    }
    return (await Promise.all(writes)).filter(Boolean).length;
  }

  /** Values of those keys that have one. */
  async #values(client: Client, keys: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await Promise.all(
      this.#together(client, keys).map(async (together) => {
        const values = await client.mget(together);
        for (const [at, value] of values.entries())
          if (value !== null) found.set(together[at] as string, value);
      }),
    );
    return found;
  }

  /**
   * @returns a version for each. One that the server has no longer by the time it is asked again is nobody else's: what is
   *   computed at it is written nowhere and shared with nobody.
   */
  async #makeVersions(client: Client, keys: readonly string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const drawn = randomBytes(VERSION_BYTES * keys.length);
    const own = new Map(
      keys.map((key, i) => [key, drawn.toString('base64url', i * VERSION_BYTES, (i + 1) * VERSION_BYTES)]),
    );
    const taken: string[] = [];
    await Promise.all(
      keys.map(async (key) => {
        const set = await client.set(key, own.get(key) as string, 'PX', VERSION_AGE_MS, 'NX');
        if (set === null) taken.push(key);
      }),
    );
    const others = taken.length === 0 ? [] : await this.#values(client, taken);
    return new Map([...own, ...others]);
  }

  /** Beside what is written; a version that is not reached ends its entries sooner, and that is all. */
  #refresh(client: Client, keys: readonly string[]): void {
    const now = performance.now();
    for (const key of keys) {
      if (now - (this.#refreshed.get(key) ?? Number.NEGATIVE_INFINITY) < REFRESH_MS) continue;
      if (this.#refreshed.size >= MAX_REFRESHED) this.#refreshed.clear();
      this.#refreshed.set(key, now);
      client.pexpire(key, VERSION_AGE_MS).catch(() => this.#refreshed.delete(key));
    }
  }

  /** Keys that one command may name: a cluster takes those of a part. */
  #together(client: Client, keys: readonly string[]): readonly string[][] {
    if (keys.length === 0) return [];
    return client instanceof Cluster ? this.#keys.byPart(keys).map((part) => [...part]) : [[...keys]];
  }

  async #removeFrom(server: Redis, pattern: string): Promise<number> {
    let removed = 0;
    let cursor = '0';
    do {
      const [next, keys] = await this.#run('a removal', () =>
        server.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
      );
      // All of an owner's entries are in one part.
      if (keys.length > 0) removed += await this.#run('a removal', () => server.unlink(keys));
      cursor = next;
    } while (cursor !== '0');
    return removed;
  }

  async #run<T>(what: string, command: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (client === undefined) {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the response cache is not running');
    }
    try {
      return await command(client);
    } catch (error) {
      // Without the cause: a client's error carries the command, and so what was to be kept.
      throw new MarqueeError(
        'DEPENDENCY_UNAVAILABLE',
        `the response cache did not do ${what}: ${reasonOf(error)}`,
      );
    }
  }

  #versionKeys({ owner, subjects }: Slot): string[] {
    const all = owner === undefined ? subjects : [owner, ...subjects];
    return all.map((subject) => this.#keys.version(subject));
  }
}

function* batches(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.text.length > MAX_WRITE_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.text.length;
  }
  if (batch.length > 0) yield batch;
}
