/**
 * The online store in memory. Lasting entries and checkpoints are written to a snapshot now and then; after a
 * crash the store is as it was at one instant of the past, and consumers of the event log go on from the
 * checkpoints of that instant.
 *
 * Entries with a `ttlMs` are caches and are not in the snapshot: one that was deleted after the snapshot (a
 * slate that an action made stale) must not come back with it.
 */
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { type Clock, systemClock } from '@marquee/domain';
import { type Logger, MarqueeError, READY, silentLogger } from '@marquee/service-kit';
import { type KeyValueStore, MAX_KEYS } from '../index.ts';
import { EntryTable } from './entry-table.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { encodeSnapshot, MAX_KEY_BYTES } from './snapshot-format.ts';

export interface MemoryStoreOptions {
  /** Absent: nothing outlives the process. Its folder must exist. */
  readonly snapshotFile?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Between snapshots, when something has changed. Default one minute. */
  readonly snapshotIntervalMs?: number;
  /**
   * Keys, values and bookkeeping. Above it the least recently used entries with a `ttlMs` go, and lasting
   * ones are refused with OVERLOADED. What was replaced or removed takes half as much again at most. Default 1 GiB.
   */
  readonly maxBytes?: number;
}

const SWEEP_INTERVAL_MS = 30_000;
/** Rows looked at before the event loop gets a turn: to see whether they have expired, and to read their keys. */
const SWEEP_CHUNK = 10_000;
const SCAN_CHUNK = 5_000;
const SCAN_PAGE = 1_000;

/** `start()` throws MarqueeError DATA_CORRUPT or DATA_DIRECTORY_UNUSABLE naming the file, and changes nothing. */
export function createMemoryStore(options: MemoryStoreOptions = {}): KeyValueStore {
  return new MemoryStore(options);
}

class MemoryStore implements KeyValueStore {
  readonly name = 'online-store';
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #file: string | undefined;
  readonly #snapshotIntervalMs: number;
  readonly #table: EntryTable;
  readonly #checkpoints = new Map<string, number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #running = false;
  #checkpointChanges = 0;
  #savedVersion = 0;
  #saving: Promise<void> | undefined;
  #sweeping = false;
  #failure: string | undefined;

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#file = options.snapshotFile;
    this.#snapshotIntervalMs = options.snapshotIntervalMs ?? 60_000;
    this.#table = new EntryTable(options.maxBytes ?? 2 ** 30);
  }

  async start(): Promise<void> {
    if (this.#running) return;
    if (this.#file !== undefined) {
      const snapshot = await readSnapshot(this.#file);
      if (snapshot !== undefined) {
        for (const entries of snapshot.entries) {
          this.#table.put(entries, 0);
          await yieldToLoop();
        }
        for (const [consumer, sequence] of snapshot.checkpoints) this.#checkpoints.set(consumer, sequence);
        this.#savedVersion = this.#version;
      }
      this.#every(this.#snapshotIntervalMs, () => {
        void this.#save().catch((error) =>
          this.#logger.error({ err: error }, 'the snapshot was not written'),
        );
      });
    }
    this.#every(SWEEP_INTERVAL_MS, () => void this.#sweep());
    this.#running = true;
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#save();
    this.#table.clear();
    this.#checkpoints.clear();
  }

  /** Grows with every change to what a snapshot holds. */
  get #version(): number {
    return this.#table.changes + this.#checkpointChanges;
  }

  readiness() {
    if (!this.#running) return { ready: false, detail: 'not running' };
    return this.#failure === undefined
      ? READY
      : { ready: true, detail: `the snapshot cannot be written: ${this.#failure}` };
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#assertRunning();
    if (keys.length > MAX_KEYS) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `at most ${MAX_KEYS} keys in one read, not ${keys.length}`,
        field: 'keys',
      });
    }
    const now = this.#clock.now();
    return keys.map((key) => this.#table.get(key, now));
  }

  async putMany(
    entries: Parameters<KeyValueStore['putMany']>[0],
    checkpoint?: Parameters<KeyValueStore['putMany']>[1],
  ): Promise<void> {
    this.#assertRunning();
    for (const { key } of entries) {
      // At most three bytes of UTF-8 per UTF-16 unit: only very long keys need counting.
      if (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: `keys have at most ${MAX_KEY_BYTES} bytes`,
          field: 'key',
        });
      }
    }
    const name = checkpoint && checkpointName(checkpoint.consumer, checkpoint.partition);
    const stored = name === undefined ? 0 : (this.#checkpoints.get(name) ?? 0);
    if (checkpoint?.expected !== undefined && checkpoint.expected !== stored) {
      throw new MarqueeError(
        'CONFLICT',
        `checkpoint ${name} is ${stored}, not ${checkpoint.expected}: somebody else writes it too`,
      );
    }
    this.#table.put(entries, this.#clock.now());
    if (checkpoint === undefined || name === undefined) return;
    this.#checkpoints.set(name, checkpoint.sequence);
    this.#checkpointChanges++;
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    this.#assertRunning();
    for (const key of keys) this.#table.delete(key);
  }

  async *scan(prefix: string): AsyncGenerator<readonly string[]> {
    this.#assertRunning();
    let page: string[] = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const { keys, next } = this.#table.keysOf(from, SCAN_CHUNK, this.#clock.now());
      for (const key of keys) {
        if (!key.startsWith(prefix)) continue;
        page.push(key);
        if (page.length < SCAN_PAGE) continue;
        yield page;
        page = [];
      }
      from = next;
      await yieldToLoop();
    }
    if (page.length > 0) yield page;
  }

  async checkpoint(consumer: string, partition?: number): Promise<number> {
    this.#assertRunning();
    return this.#checkpoints.get(checkpointName(consumer, partition)) ?? 0;
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE when the snapshot cannot be written; the old one stays. */
  async flush(): Promise<void> {
    this.#assertRunning();
    await this.#save();
  }

  /** Resolves when a snapshot holds everything written before the call. */
  async #save(): Promise<void> {
    const version = this.#version;
    while (this.#file !== undefined && this.#savedVersion < version) {
      // One at a time. A running one may have begun before the call; then another follows, for all who wait.
      this.#saving ??= this.#writeSnapshot(this.#file).finally(() => {
        this.#saving = undefined;
      });
      await this.#saving;
    }
  }

  async #writeSnapshot(file: string): Promise<void> {
    const version = this.#version;
    const checkpoints = new Map(this.#checkpoints);
    const instant = this.#table.instant();
    try {
      await writeSnapshot(file, encodeSnapshot({ checkpoints, entries: instant }));
      this.#savedVersion = version;
      this.#failure = undefined;
      this.#logger.debug({ entries: instant.count }, 'snapshot written');
    } catch (cause) {
      this.#failure = (cause as Error).message;
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', {
        message: `snapshot ${file} cannot be written: ${this.#failure}`,
        cause,
      });
    }
  }

  /** Most expired entries are never asked for again; this is what frees them. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    for (let from: number | undefined = 0; from !== undefined && this.#running; ) {
      from = this.#table.removeExpired(from, SWEEP_CHUNK, this.#clock.now());
      await yieldToLoop();
    }
    this.#sweeping = false;
  }

  #every(intervalMs: number, task: () => void): void {
    const timer = setInterval(task, intervalMs);
    timer.unref();
    this.#timers.push(timer);
  }

  #assertRunning(): void {
    if (!this.#running) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the online store is not running');
  }
}

/** Partition 0 goes by the consumer's name alone, as it did before there were others. */
function checkpointName(consumer: string, partition = 0): string {
  return partition === 0 ? consumer : `${consumer}@${partition}`;
}
