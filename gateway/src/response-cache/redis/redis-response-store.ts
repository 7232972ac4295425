/**
 * Answers in Redis, shared by all gateways. All keys have one hash tag, because an entry and its versions are read and
 * written together: on a cluster the cache is on one of its nodes. Nothing here lives without an expiry.
 */
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import { Redis, type RedisOptions } from 'ioredis';
import { type Entry, type Found, type ResponseStore, type Slot, VERSION_AGE_MS } from '../response-store.ts';
import { ADVANCE, WRITE } from './scripts.ts';

export interface RedisResponseStoreOptions {
  /** `redis://user:password@host:port/db`, or `rediss://` for TLS. */
  readonly url: string;
  /** Of every key; installations may share a server. */
  readonly keyPrefix: string;
  /** What a command may take. */
  readonly commandTimeoutMs: number;
  readonly logger: Logger;
}

/** Of one write: Redis does nothing else in the meantime. */
const MAX_WRITE_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RETRY_MS = 1_000;
const SCAN_COUNT = 1_000;

interface Scripted extends Redis {
  responsesWrite(keys: number, ...args: (string | number)[]): Promise<number>;
  responsesAdvance(keys: number, ...args: (string | number)[]): Promise<number>;
}

export class RedisResponseStore implements ResponseStore {
  readonly name = 'response-cache';
  readonly #options: RedisResponseStoreOptions;
  readonly #prefix: string;
  #client: Scripted | undefined;
  #trouble: string | undefined;

  constructor(options: RedisResponseStoreOptions) {
    this.#options = options;
    this.#prefix = `${options.keyPrefix}{response}:`;
  }

  async read(slots: readonly Slot[]): Promise<readonly Found[]> {
    const places = new Map<string, number>();
    const keys: string[] = [];
    const place = (key: string): number => {
      let index = places.get(key);
      if (index === undefined) {
        index = keys.push(key) - 1;
        places.set(key, index);
      }
      return index;
    };
    const wanted = slots.map((slot) => ({
      versions: subjectsOf(slot).map((subject) => place(this.#versionKey(subject))),
      entry: place(this.#entryKey(slot)),
      prefix: slot.owner === undefined && slot.subjects.length > 0 ? ',' : '',
    }));
    const values = await this.#run('a look-up', (client) => client.mget(keys));
    return wanted.map(({ versions: at, entry, prefix }) => {
      const versions = prefix + at.map((index) => values[index] ?? '').join(',');
      const value = values[entry];
      const isCurrent = value?.startsWith(`${versions}\n`) && !this.#lacksOwner(versions, prefix, at.length);
      return { versions, text: isCurrent ? value?.slice(versions.length + 1) : undefined };
    });
  }

  async write(entries: readonly Entry[]): Promise<number> {
    let written = 0;
    for (const batch of batches(entries)) {
      const keys: string[] = [];
      const args: (string | number)[] = [VERSION_AGE_MS, batch.length];
      for (const { slot, versions, ttlMs, text } of batch) {
        const subjects = subjectsOf(slot);
        keys.push(...subjects.map((subject) => this.#versionKey(subject)), this.#entryKey(slot));
        args.push(subjects.length, slot.owner === undefined ? 0 : 1, versions, Math.ceil(ttlMs), text);
      }
      written += await this.#run('a write', (client) => client.responsesWrite(keys.length, ...keys, ...args));
    }
    return written;
  }

  async advance(subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    const keys = [...new Set(subjects)].map((subject) => this.#versionKey(subject));
    await this.#run('an invalidation', (client) =>
      client.responsesAdvance(keys.length, ...keys, VERSION_AGE_MS),
    );
  }

  /** Goes through all keys of the server: for erasures, never for serving. */
  async remove(owner: string): Promise<number> {
    await this.advance([owner]);
    const pattern = `${escaped(this.#entryKey({ key: '', owner, subjects: [] }))}*`;
    let removed = 0;
    let cursor = '0';
    do {
      const [next, keys] = await this.#run('a removal', (client) =>
        client.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
      );
      if (keys.length > 0) removed += await this.#run('a removal', (client) => client.unlink(keys));
      cursor = next;
    } while (cursor !== '0');
    return removed;
  }

  /** Never fails and never waits: a gateway without its cache is slower, and that is all. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    const { url, commandTimeoutMs, logger } = this.#options;
    const settings: RedisOptions = {
      connectionName: 'marquee-response-cache',
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: commandTimeoutMs,
      enableOfflineQueue: false,
      // A command that may have been carried out is not sent again behind its caller's back.
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(MAX_RETRY_MS, 50 * 2 ** Math.min(attempt, 10)),
    };
    const client = new Redis(url, settings);
    client.defineCommand('responsesWrite', { lua: WRITE });
    client.defineCommand('responsesAdvance', { lua: ADVANCE });
    client.on('error', (error: Error) => {
      const trouble = error.message.slice(0, 120);
      if (this.#trouble !== trouble) logger.warn({ reason: trouble }, 'the response cache is away');
      this.#trouble = trouble;
    });
    const ready = new Promise<void>((resolve) => {
      client.once('ready', () => resolve());
      client.once('close', () => resolve());
    });
    client.on('ready', () => {
      this.#trouble = undefined;
    });
    this.#client = client as Scripted;
    await ready;
  }

  async stop(): Promise<void> {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  readiness(): Readiness {
    return this.#trouble === undefined ? READY : { ready: true, detail: `away: ${this.#trouble}` };
  }

  async #run<T>(what: string, command: (client: Scripted) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (client === undefined) {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the response cache is not running');
    }
    try {
      return await command(client);
    } catch (error) {
      // Without the cause: a client's error carries the command, and so what was to be kept.
      const reason = error instanceof Error ? error.message.split('\n')[0]?.slice(0, 120) : 'unknown';
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `the response cache did not do ${what}: ${reason}`);
    }
  }

  /** An owner without a version may have lost it together with what it had ended. */
  #lacksOwner(versions: string, prefix: string, count: number): boolean {
    return prefix === '' && count > 0 && (versions === '' || versions.startsWith(','));
  }

  #versionKey(subject: string): string {
    return `${this.#prefix}v:${subject}`;
  }

  #entryKey({ key, owner }: Slot): string {
    return owner === undefined ? `${this.#prefix}e:${key}` : `${this.#prefix}o:${owner}\n${key}`;
  }
}

function subjectsOf({ owner, subjects }: Slot): readonly string[] {
  return owner === undefined ? subjects : [owner, ...subjects];
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

/** Of a glob pattern. */
function escaped(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
