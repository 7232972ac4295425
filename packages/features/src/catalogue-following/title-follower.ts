/**
 * Keeps a process's title table in step with the catalogue: filled at start, then changed title by title as
 * events arrive. Every process that serves or folds titles has one; they share nothing.
 */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import { CATALOGUE_PARTITION, type DeliveredEvent, partitionOf, type TitleId } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import type { Readiness } from '@marquee/service-kit';
import type { TitleTable } from '../title-table.ts';
import { loadTitleTable } from './load-title-table.ts';

export interface TitleFollowerDeps {
  readonly bus: EventBus;
  readonly catalogue: Catalogue;
  readonly titles: TitleTable;
}

const NAME = 'title-follower';

/** The catalogue decides what a title is now, whatever the event said: repeated and late events are harmless. */
export function createTitleFollower({ bus, catalogue, titles }: TitleFollowerDeps): Subscription {
  let subscription: Subscription | undefined;

  async function handle(batch: readonly DeliveredEvent[]): Promise<void> {
    const ids = changedTitles(batch);
    for (let i = 0; i < ids.length; i += MAX_IDS) {
      const chunk = ids.slice(i, i + MAX_IDS);
      const found = await catalogue.titlesByIds(chunk);
      titles.put(found.filter((title) => title !== undefined));
      titles.remove(chunk.filter((_, place) => found[place] === undefined));
    }
  }

  return {
    name: NAME,
    async start() {
      if (subscription !== undefined) return;
      // Changes up to here are in what is read below; later ones arrive as events.
      const startAfter = await bus.lastSequence();
      await loadTitleTable(catalogue, titles);
      const started = bus.subscribe({
        name: NAME,
        types: ['TITLE_CHANGED', 'TITLE_REMOVED'],
        partitions: [partitionOf(CATALOGUE_PARTITION, bus.partitions)],
        startAfter,
        handle,
      });
      await started.start();
      subscription = started;
    },
    async stop() {
      await subscription?.stop();
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
  };
}

/** The titles that a batch is about, each once. */
export function changedTitles(batch: readonly DeliveredEvent[]): readonly TitleId[] {
  const ids = new Set<TitleId>();
  for (const { event } of batch) {
    if (event.type === 'TITLE_CHANGED' || event.type === 'TITLE_REMOVED') ids.add(event.payload.titleId);
  }
  return [...ids];
}
