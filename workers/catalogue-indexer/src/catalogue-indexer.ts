/**
 * The worker that keeps what recommending knows of the catalogue in step with it: the title table in memory and
 * the content vectors in the vector index. Vectors need no training, so a new title can be found at once.
 */
import type { Catalogue } from '@marquee/catalogue';
import { MAX_IDS } from '@marquee/catalogue';
import { type Clock, type DeliveredEvent, systemClock, type Title, type TitleId } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import { CONTENT_VECTOR_VERSION, type TitleTable } from '@marquee/features';
import type { Logger, Readiness } from '@marquee/service-kit';
import type { VectorIndex } from '@marquee/vector-index';
import { loadTitleTable } from './load-title-table.ts';
import { toVectorPoint } from './vector-point.mapper.ts';

export interface CatalogueIndexerDeps {
  readonly bus: EventBus;
  readonly catalogue: Catalogue;
  readonly vectorIndex: VectorIndex;
  readonly titles: TitleTable;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface CatalogueIndexer extends Subscription {
  /**
   * Embeds the whole catalogue into a new collection and promotes it; searches go on meanwhile. Titles that
   * change during the rebuild are in the new collection too. One rebuild at a time: further calls share it.
   * @returns the version of the collection that is live now.
   */
  rebuild(): Promise<string>;
}

const NAME = 'catalogue-indexer';
const BATCH = 500;

export function createCatalogueIndexer(deps: CatalogueIndexerDeps): CatalogueIndexer {
  const { bus, catalogue, vectorIndex, titles, logger } = deps;
  const clock = deps.clock ?? systemClock;
  let subscription: Subscription | undefined;
  let rebuilding: Promise<string> | undefined;
  /** Ids that changed while a collection was being filled; the scan may have passed them already. */
  let changedMeanwhile: Set<TitleId> | undefined;

  async function handle(batch: readonly DeliveredEvent[]): Promise<void> {
    const ids = new Set<TitleId>();
    for (const { event } of batch) {
      if (event.type === 'TITLE_CHANGED' || event.type === 'TITLE_REMOVED') ids.add(event.payload.titleId);
    }
    for (const id of ids) changedMeanwhile?.add(id);
    await bringUpToDate([...ids]);
  }

  /** The catalogue decides what a title is now, whatever the event said: repeated and late events are harmless. */
  async function bringUpToDate(ids: readonly TitleId[]): Promise<void> {
    for (let i = 0; i < ids.length; i += MAX_IDS) {
      const chunk = ids.slice(i, i + MAX_IDS);
      const found = await catalogue.titlesByIds(chunk);
      const present = found.filter((title): title is Title => title !== undefined);
      const absent = chunk.filter((_, place) => found[place] === undefined);
      if (present.length > 0) await vectorIndex.upsert(present.map(toVectorPoint));
      if (absent.length > 0) await vectorIndex.delete(absent);
      titles.put(present);
      titles.remove(absent);
    }
  }

  async function rebuild(): Promise<string> {
    const changed = new Set<TitleId>();
    changedMeanwhile = changed;
    const version = `content-v${CONTENT_VECTOR_VERSION}-${await catalogue.count()}-${clock.now()}`;
    const collection = await vectorIndex.beginCollection(version);
    try {
      for await (const batch of catalogue.scan({ batchSize: BATCH })) {
        await collection.upsert(batch.map(toVectorPoint));
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
    logger.info({ version }, 'content vectors rebuilt');
    return version;
  }

  const indexer: CatalogueIndexer = {
    name: NAME,
    async start() {
      if (subscription !== undefined) return;
      // Changes up to here are in what is read below; later ones arrive as events.
      const startAfter = await bus.lastSequence();
      await loadTitleTable(catalogue, titles);
      await indexer.rebuild();
      const started = bus.subscribe({
        name: NAME,
        types: ['TITLE_CHANGED', 'TITLE_REMOVED'],
        startAfter,
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
    async settled(sequence, timeoutMs) {
      return subscription === undefined ? false : subscription.settled(sequence, timeoutMs);
    },
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
  return indexer;
}
