/**
 * One key-value bucket, declared when it is not there, and, for who wants one, a watch over all of its keys that outlives whatever
 * happens to the server: it is opened anew after every reconnect, when the client gives it up, and now and then in any case,
 * because a watch whose consumer is gone is silent like one where nothing happens.
 */
import {
  beforeDeadline,
  type Deadline,
  deadlineAfter,
  type Logger,
  type Readiness,
} from '@marquee/service-kit';
import { type KV, type KvEntry, type KvOptions, nanos, type QueuedIterator, StorageType } from 'nats';
import { type NatsLink, natsFailure } from '../nats-connection/index.ts';

export interface BucketOptions {
  readonly link: NatsLink;
  readonly name: string;
  readonly replicas: number;
  /** Keys that were not written for so long are gone; a bucket that is there is changed to it. Default: never. */
  readonly ttlMs?: number;
  readonly logger: Logger;
  /**
   * The current entry of every key first, then every change; deletions too. May repeat what it told. Absent: nothing is
   * watched, as befits a bucket that is written much more often than anybody wants to know.
   */
  readonly onEntry?: (entry: KvEntry) => void;
}

const RENEW_WATCH_MS = 30_000;
const RETRY_MS = 500;

export class Bucket {
  readonly #options: BucketOptions;
  #kv: KV | undefined;
  #ttlMs = 0;
  #iterator: QueuedIterator<KvEntry> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;
  #opening: Promise<void> | undefined;
  #open = false;

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  /** As the bucket has it, also when another process has changed it since: all that share it must count alike. */
  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Resolves when every key's current entry was told. */
  async open(): Promise<void> {
    const { link, name, replicas, ttlMs } = this.#options;
    const settings: Partial<KvOptions> = { history: 1, replicas, storage: StorageType.File };
    this.#kv = await link.connection
      .jetstream({ timeout: link.requestTimeoutMs })
      .views.kv(name, { ...settings, ...(ttlMs === undefined ? {} : { ttl: ttlMs }) });
    this.#ttlMs = (await this.#kv.status()).ttl;
    if (ttlMs !== undefined && ttlMs !== this.#ttlMs) await this.#changeTtl(ttlMs);
    this.#open = true;
    this.#stopListening();
    this.#stopListening = link.onReconnect(() => this.#again(0));
    await this.#watch();
  }

  async #changeTtl(ttlMs: number): Promise<void> {
    const { link, name, logger } = this.#options;
    const { streams } = link.manager;
    const { config } = await streams.info(`KV_${name}`);
    const duplicateWindow = Math.min(config.duplicate_window, nanos(ttlMs));
    await streams.update(config.name, {
      ...config,
      max_age: nanos(ttlMs),
      duplicate_window: duplicateWindow,
    });
    logger.warn(
      { bucket: name, fromMs: this.#ttlMs, toMs: ttlMs },
      'the time to live of a bucket was changed',
    );
    this.#ttlMs = ttlMs;
  }

  close(): void {
    this.#open = false;
    this.#stopListening();
    clearTimeout(this.#timer);
    this.#iterator?.stop();
    this.#iterator = undefined;
  }

  async get(key: string): Promise<KvEntry | undefined> {
    return this.#call(`reading ${key}`, async (kv) => (await kv.get(key)) ?? undefined);
  }

  /** Of the last write, as the leader has it: a follower may not know it yet. Undefined when the key is gone. */
  async latestRevision(key: string): Promise<number | undefined> {
    const { link, name } = this.#options;
    return this.#call(`reading ${key}`, async () => {
      try {
        const subject = `$KV.${name}.${key}`;
        const last = await link.manager.streams.getMessage(`KV_${name}`, { last_by_subj: subject });
        return last.header?.has('KV-Operation') ? undefined : last.seq;
      } catch (error) {
        if ((error as { code?: string }).code === '404') return undefined;
        throw error;
      }
    });
  }

  /** @param revision 0: only where there is none. Returns the new revision. @throws MarqueeError CONFLICT */
  async put(key: string, value: string, revision?: number): Promise<number> {
    return this.#call(`writing ${key}`, (kv) => {
      if (revision === undefined) return kv.put(key, value);
      return revision === 0 ? kv.create(key, value) : kv.update(key, value, revision);
    });
  }

  /** @throws MarqueeError CONFLICT when it has another revision. */
  async delete(key: string, revision: number): Promise<void> {
    await this.#call(`deleting ${key}`, (kv) => kv.delete(key, { previousSeq: revision }));
  }

  readiness(): Readiness {
    return this.#options.link.readiness();
  }

  async #call<T>(what: string, work: (kv: KV) => Promise<T>): Promise<T> {
    const { link, name } = this.#options;
    const failed = (error: unknown) => natsFailure(error, `bucket ${name}, ${what}`);
    // Throws while the connection is not open.
    const { connection } = link;
    if (this.#kv === undefined || connection.isClosed()) throw failed(new Error('not open'));
    if (!link.connected) throw failed(new Error(`NATS at ${link.servers} is away`));
    try {
      return await work(this.#kv);
    } catch (error) {
      throw failed(error);
    }
  }

  async #watch(): Promise<void> {
    const { link, onEntry } = this.#options;
    const deadline = deadlineAfter(link.requestTimeoutMs);
    if (onEntry !== undefined) await this.#follow(deadline);
    if (!this.#open) return;
    const { ttl } = await beforeDeadline(this.#kv!.status(), deadline, 'the settings of a bucket');
    this.#ttlMs = ttl;
    this.#again(RENEW_WATCH_MS);
  }

  async #follow(deadline: Deadline): Promise<void> {
    let initialised = () => {};
    const current = new Promise<void>((resolve) => {
      initialised = resolve;
    });
    const watching = this.#kv!.watch({ key: '>', initializedFn: () => initialised() });
    const iterator = await beforeDeadline(watching, deadline, 'a watch');
    if (!this.#open) return iterator.stop();
    this.#iterator?.stop();
    this.#iterator = iterator;
    void this.#read(iterator);
    await beforeDeadline(current, deadline, 'the values of a watch');
  }

  async #read(iterator: QueuedIterator<KvEntry>): Promise<void> {
    try {
      for await (const entry of iterator) if (iterator === this.#iterator) this.#options.onEntry?.(entry);
    } catch (error) {
      this.#options.logger.warn({ bucket: this.#options.name, err: error }, 'a watch ended');
    }
    if (iterator === this.#iterator) this.#again(RETRY_MS);
  }

  #again(waitMs: number): void {
    if (!this.#open) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#opening ??= this.#watch()
        .catch((error: unknown) => {
          this.#options.logger.warn(
            { bucket: this.#options.name, err: error },
            'a watch could not be opened',
          );
          this.#again(RETRY_MS);
        })
        .finally(() => {
          this.#opening = undefined;
        });
    }, waitMs);
    this.#timer.unref();
  }
}
