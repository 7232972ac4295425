/**
 * The embedded adapter: an exact scan in a thread of its own over vectors in shared memory. Writes are applied
 * one after the other; searches run between them, each on the state that was published when it was sent.
 *
 * The data lives on the main thread's side, so a thread that dies is replaced and told everything again;
 * searches in flight fail with DEPENDENCY_UNAVAILABLE, writes in flight wait.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { TitleId } from '@marquee/domain';
import {
  beforeDeadline,
  deadlineAfter,
  type Logger,
  MarqueeError,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import type { Neighbour, VectorCollectionWriter, VectorIndex, VectorPoint, VectorQuery } from '../index.ts';
import { GatheredSearches } from './gathered-searches.ts';
import { sharedNow } from './messages.ts';
import { ScanThread } from './scan-thread.ts';
import { type Publish, StoredCollection } from './stored-collection.ts';
import { checkIds, checkPoint, checkQueries } from './validate.ts';

export interface ExactVectorIndexOptions {
  /** 1 to 4,096. */
  readonly dimensions: number;
  readonly logger: Logger;
  /** Queries that may wait or run at one time; more are refused with OVERLOADED. Default 256. */
  readonly maxQueued?: number;
}

const DEFAULT_MAX_QUEUED = 256;
/** Writes that may wait. */
const MAX_QUEUED_WRITES = 1_024;
/** For searches that bring no deadline. */
const DEFAULT_SEARCH_MS = 2_000;
/** Points written, or told to a new thread, per turn of the event loop: about a millisecond. */
const POINTS_PER_TURN = 1_024;
const SLOWEST_RESTART_MS = 5_000;

export class ExactVectorIndex implements VectorIndex {
  readonly name = 'vector-index';
  readonly dimensions: number;
  readonly #logger: Logger;
  readonly #maxQueued: number;
  readonly #thread = new ScanThread((death) => this.#onDeath(death));
  readonly #gathered = new GatheredSearches((queries, deadlineAt) => this.#send(queries, deadlineAt));
  readonly #collections = new Set<StoredCollection>();
  #live: StoredCollection;
  #nextKey = 0;
  /** The last write; each begins when the one before it has ended. */
  #writes: Promise<unknown> = Promise.resolve();
  #queuedWrites = 0;
  #queuedQueries = 0;
  readonly #searches = new Set<Promise<unknown>>();
  #state: 'idle' | 'serving' | 'restoring' | 'stopped' = 'idle';
  /** Ends when the thread that replaces a dead one knows everything. */
  #restored: Promise<unknown> = Promise.resolve();
  #deathsInARow = 0;

  constructor({ dimensions, logger, maxQueued = DEFAULT_MAX_QUEUED }: ExactVectorIndexOptions) {
    if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= 4_096)) {
      throw new MarqueeError('CONFIG_INVALID', 'a vector index has between 1 and 4,096 dimensions');
    }
    this.dimensions = dimensions;
    this.#logger = logger.child({ component: this.name });
    this.#maxQueued = maxQueued;
    this.#live = this.#addCollection('initial');
  }

  async start(): Promise<void> {
    if (this.#state === 'serving' || this.#state === 'restoring') return;
    this.#restore();
    await this.#restored;
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#writes;
    await Promise.allSettled(this.#searches);
    await this.#thread.stop();
  }

  /** Nobody else has it, and its memory goes with it. */
  drop(): Promise<void> {
    return this.stop();
  }

  readiness(): Readiness {
    switch (this.#state) {
      case 'serving':
        return READY;
      case 'restoring':
        return { ready: false, detail: 'the scanning thread is being restarted' };
      default:
        return { ready: false, detail: this.#state === 'idle' ? 'not started' : 'stopped' };
    }
  }

  async upsert(points: readonly VectorPoint[]): Promise<void> {
    await this.#upsert(() => this.#live, points);
  }

  async delete(ids: readonly TitleId[]): Promise<void> {
    await this.#write(async () => {
      for (let from = 0; from < ids.length; from += POINTS_PER_TURN) {
        await this.#publish(this.#live, this.#live.remove(ids.slice(from, from + POINTS_PER_TURN)));
      }
    });
  }

  async search(queries: readonly VectorQuery[]): Promise<readonly (readonly Neighbour[])[]> {
    checkQueries(queries, this.dimensions);
    if (queries.length === 0) return [];
    if (this.#state !== 'serving') {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `the vector index is ${this.readiness().detail}`);
    }
    const shortest = queries
      .map(({ deadline }) => deadline ?? deadlineAfter(DEFAULT_SEARCH_MS))
      .reduce((a, b) => (a.remainingMs() <= b.remainingMs() ? a : b));
    if (shortest.expired)
      throw new MarqueeError('DEADLINE_EXCEEDED', 'no time is left for the vector search');
    if (this.#queuedQueries + queries.length > this.#maxQueued) {
      throw new MarqueeError('OVERLOADED', `${this.#queuedQueries} vector queries are waiting`);
    }
    this.#queuedQueries += queries.length;
    const scan = this.#gathered.search(queries, sharedNow() + shortest.remainingMs()).finally(() => {
      // The thread works through what it was sent also when nobody waits any more.
      this.#queuedQueries -= queries.length;
      this.#searches.delete(scan);
    });
    this.#searches.add(scan);
    const answers = await beforeDeadline(scan, shortest, 'the vector search');
    this.#deathsInARow = 0;
    return answers;
  }

  async vectors(ids: readonly TitleId[]): Promise<readonly (Float32Array | undefined)[]> {
    checkIds(ids);
    return this.#live.vectors(ids);
  }

  async count(): Promise<number> {
    return this.#live.size;
  }

  async liveVersion(): Promise<string> {
    return this.#live.version;
  }

  async beginCollection(version: string): Promise<VectorCollectionWriter> {
    const collection = this.#addCollection(version);
    let open = true;
    const requireOpen = (): void => {
      if (!open) throw new MarqueeError('BAD_USER_INPUT', `collection ${version} is promoted or discarded`);
    };
    return {
      upsert: async (points) => {
        requireOpen();
        await this.#upsert(() => collection, points);
      },
      promote: async () => {
        requireOpen();
        open = false;
        await this.#write(async () => {
          const previous = this.#live;
          // From here on searches are sent to the new collection; the old one goes after those sent before.
          this.#live = collection;
          await this.#drop(previous);
        });
      },
      discard: async () => {
        requireOpen();
        open = false;
        await this.#write(() => this.#drop(collection));
      },
    };
  }

  /** The live collection is asked for here and not before: nothing comes between this and the message. */
  async #send(
    queries: readonly VectorQuery[],
    deadlineAt: number,
  ): Promise<readonly (readonly Neighbour[])[]> {
    const collection = this.#live;
    const found = await this.#thread.request({
      type: 'search',
      collection: collection.key,
      queries: collection.compile(queries),
      deadlineAt,
    });
    return found.map((neighbours) => collection.read(neighbours));
  }

  #addCollection(version: string): StoredCollection {
    const collection = new StoredCollection(this.#nextKey++, version, this.dimensions);
    this.#collections.add(collection);
    return collection;
  }

  async #upsert(target: () => StoredCollection, points: readonly VectorPoint[]): Promise<void> {
    for (const [index, point] of points.entries()) {
      checkPoint(point, this.dimensions, index);
      if (index % POINTS_PER_TURN === POINTS_PER_TURN - 1) await nextTurn();
    }
    await this.#write(async () => {
      const collection = target();
      for (let from = 0; from < points.length; from += POINTS_PER_TURN) {
        await this.#publish(collection, collection.put(points.slice(from, from + POINTS_PER_TURN)));
        await nextTurn();
      }
    });
  }

  /** Resolves when what `job` has written can be found. */
  async #write(job: () => Promise<void>): Promise<void> {
    if (this.#state === 'idle' || this.#state === 'stopped') {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `the vector index is ${this.readiness().detail}`);
    }
    if (this.#queuedWrites >= MAX_QUEUED_WRITES) {
      throw new MarqueeError('OVERLOADED', `${this.#queuedWrites} writes to the vector index are waiting`);
    }
    this.#queuedWrites++;
    try {
      await this.#enqueue(job);
    } finally {
      this.#queuedWrites--;
    }
    // When the thread died meanwhile, its successor is told what the job has stored.
    while (this.#state === 'restoring') await this.#restored;
  }

  #enqueue(job: () => Promise<void>): Promise<void> {
    const done = this.#writes.then(job);
    this.#writes = done.catch(() => undefined);
    return done;
  }

  async #publish(collection: StoredCollection, message: Publish): Promise<void> {
    try {
      await this.#thread.request(message);
    } catch (error) {
      if (this.#state !== 'restoring') throw error;
    }
    collection.confirmed(message);
  }

  async #drop(collection: StoredCollection): Promise<void> {
    this.#collections.delete(collection);
    await this.#thread.request({ type: 'drop', collection: collection.key }).catch((error: unknown) => {
      if (this.#state !== 'restoring') throw error;
    });
  }

  #onDeath(death: Error): void {
    if (this.#state === 'stopped') return;
    this.#logger.error({ err: death }, 'the scanning thread has died and is being restarted');
    this.#restore();
  }

  #restore(): void {
    this.#state = 'restoring';
    // The first restart is immediate; a thread that keeps dying is given more and more rest.
    const restMs = Math.min(SLOWEST_RESTART_MS, this.#deathsInARow === 0 ? 0 : 50 * 2 ** this.#deathsInARow);
    this.#deathsInARow++;
    this.#restored = this.#enqueue(async () => {
      if (restMs > 0) await pause(restMs);
      if (this.#state === 'stopped') return;
      this.#thread.start();
      try {
        for (const collection of this.#collections) await this.#tell(collection);
        if (this.#state === 'restoring') this.#state = 'serving';
      } catch (error) {
        // It died again: its death has queued the next attempt.
        this.#logger.warn({ err: error }, 'the scanning thread died while being restarted');
      }
    });
  }

  async #tell(collection: StoredCollection): Promise<void> {
    for (let from = 0; from < collection.slots; from += POINTS_PER_TURN) {
      await this.#thread.request(collection.republish(from, POINTS_PER_TURN));
      await nextTurn();
    }
  }
}
