/**
 * Keeps the vectors of titles in a vector index in step with the catalogue: content vectors, which need no training, or those
 * of a model, which embeds a title from its content. So a new title can be found at once. One process does this for an index that processes share; where each has an index of its
 * own in memory, each does it for itself.
 */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import {
  CATALOGUE_PARTITION,
  type Clock,
  type DeliveredEvent,
  partitionOf,
  systemClock,
  type Title,
  type TitleId,
} from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import type { Logger, Readiness } from '@marquee/service-kit';
import type { VectorIndex, VectorPoint } from '@marquee/vector-index';
import { CONTENT_VECTOR_VERSION } from '../content-vector.ts';
import type { TitleTable } from '../title-table.ts';
import { changedTitles } from './title-follower.ts';
import { toVectorPoint } from './vector-point.ts';

/** How titles become points. */
export interface TitleEmbedding {
  /** What its collections have in common: one whose version does not begin with it is replaced. At most 20 characters. */
  readonly version: string;
  /** In the order of the titles. @throws MarqueeError where the vectors cannot be made now */
  points(titles: readonly Title[]): Promise<readonly VectorPoint[]>;
}

const CONTENT: TitleEmbedding = {
  version: `content-v${CONTENT_VECTOR_VERSION}`,
  points: async (titles) => titles.map(toVectorPoint),
};

export interface VectorFollowerDeps {
  readonly bus: EventBus;
  readonly catalogue: Catalogue;
  readonly vectorIndex: VectorIndex;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Of an index in this process's memory: the ids that it keeps are this table's. Filled before the follower starts. */
  readonly titles?: Pick<TitleTable, 'idOf'>;
  /**
   * Whether other processes search this index too and it outlives this one. Then changes are taken up where the
   * last follower left off, and the index is filled only where it is of another kind or has lost titles. Default
   * false: filled at start.
   */
  readonly sharedIndex?: boolean;
  /** Default: content vectors. */
  readonly embedding?: TitleEmbedding;
  /** Of its place in the log, where the index is shared. Default `catalogue-indexer`. */
  readonly name?: string;
}

export interface VectorFollower extends Subscription {
  /**
   * Embeds the whole catalogue into a new collection and promotes it; searches go on meanwhile. Titles that
   * change during the rebuild are in the new collection too. One rebuild at a time: further calls share it.
   * @returns the version of the collection that is live now.
   */
  rebuild(): Promise<string>;
}

const NAME = 'catalogue-indexer';
const BATCH = 500;

export function createVectorFollower(deps: VectorFollowerDeps): VectorFollower {
  const { bus, catalogue, vectorIndex, logger, titles, sharedIndex = false } = deps;
  const { embedding = CONTENT, name = NAME } = deps;
  const prefix = `${embedding.version}-`;
  const clock = deps.clock ?? systemClock;
  let subscription: Subscription | undefined;
  let rebuilding: Promise<string> | undefined;
  /** Ids that changed while a collection was being filled; the scan may have passed them already. */
  let changedMeanwhile: Set<TitleId> | undefined;

  async function pointsOf(batch: readonly Title[]): Promise<readonly VectorPoint[]> {
    const points = await embedding.points(batch);
    return titles === undefined ? points : points.map((point) => ({ ...point, id: titles.idOf(point.id) }));
  }

  async function handle(batch: readonly DeliveredEvent[]): Promise<void> {
    const ids = changedTitles(batch);
    for (const id of ids) changedMeanwhile?.add(id);
    await bringUpToDate(ids);
  }

  /** The catalogue decides what a title is now, whatever the event said: repeated and late events are harmless. */
  async function bringUpToDate(ids: readonly TitleId[]): Promise<void> {
    for (let i = 0; i < ids.length; i += MAX_IDS) {
      const chunk = ids.slice(i, i + MAX_IDS);
      const found = await catalogue.titlesByIds(chunk);
      const present = found.filter((title): title is Title => title !== undefined);
      const absent = chunk.filter((_, place) => found[place] === undefined);
      if (present.length > 0) await vectorIndex.upsert(await pointsOf(present));
      if (absent.length > 0) await vectorIndex.delete(absent);
    }
  }

  async function rebuild(): Promise<string> {
    const changed = new Set<TitleId>();
    changedMeanwhile = changed;
    const version = `${prefix}${await catalogue.count()}-${clock.now()}`;
    const collection = await vectorIndex.beginCollection(version);
    try {
      for await (const batch of catalogue.scan({ batchSize: BATCH })) {
        await collection.upsert(await pointsOf(batch));
      }
      await collection.promote();
    } catch (error) {
      changedMeanwhile = undefined;
      await collection
        .discard()
        .catch((err: unknown) => logger.warn({ err }, 'collection was not discarded'));
      throw error;
    }
    changedMeanwhile = undefined;
    await bringUpToDate([...changed]);
    logger.info({ version }, 'title vectors rebuilt');
    return version;
  }

  async function isUsable(): Promise<boolean> {
    if (!sharedIndex || !(await vectorIndex.liveVersion()).startsWith(prefix)) return false;
    return (await vectorIndex.count()) >= (await catalogue.count());
  }

  const follower: VectorFollower = {
    name,
    async start() {
      if (subscription !== undefined) return;
      // Changes up to here are in what an index of this process's own is filled with below.
      const startAfter = sharedIndex ? undefined : await bus.lastSequence();
      if (!(await isUsable())) await follower.rebuild();
      const started = bus.subscribe({
        name,
        types: ['TITLE_CHANGED', 'TITLE_REMOVED'],
        partitions: [partitionOf(CATALOGUE_PARTITION, bus.partitions)],
        ...(startAfter === undefined ? {} : { startAfter }),
        handle,
      });
      await started.start();
      subscription = started;
    },
    async stop() {
      await subscription?.stop();
      await rebuilding?.catch(() => undefined);
    },
    readiness(): Readiness {
      return subscription?.readiness() ?? { ready: false, detail: 'not started' };
    },
    get position() {
      return subscription?.position ?? 0;
    },
    async settled(at, timeoutMs) {
      return subscription === undefined ? false : subscription.settled(at, timeoutMs);
    },
    reached: (partition) => subscription?.reached(partition) ?? 0,
    async lag() {
      return subscription === undefined ? 0 : subscription.lag();
    },
    rebuild() {
      rebuilding ??= rebuild().finally(() => {
        rebuilding = undefined;
      });
      return rebuilding;
    },
  };
  return follower;
}
