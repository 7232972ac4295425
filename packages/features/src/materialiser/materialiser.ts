/**
 * Turns events into feature values. The same code runs online, on batches as they arrive, and offline, when a
 * log is replayed for training: there is no second definition of any feature.
 */
import type { DeliveredEvent, EventOf, TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import type { TitleFacts } from '../title-table.ts';
import type { ProfileState } from '../views/profile-state.view.ts';
import type { ServedSums } from './served-sums.ts';

export interface TitleLookup {
  get(id: TitleId): TitleFacts | undefined;
}

export interface Materialiser {
  /**
   * Applies a batch in order of sequence: reads every touched value once, folds, writes once, atomically with
   * the checkpoint (a batch that touches more values than one write may hold is cut). Events at or below the
   * stored checkpoint change nothing, so redelivery is harmless; therefore batches must arrive in log order.
   * Events of other partitions are left out. Calls are served one after another.
   *
   * When somebody else has written the partition meanwhile, everything kept is read again and the batch applied to
   * that. @throws StoreWentBack, MarqueeError CONFLICT when somebody else keeps coming first, and what the store throws.
   */
  apply(batch: readonly DeliveredEvent[]): Promise<void>;
  /**
   * Where the log is to be read from: the stored checkpoint. From then on `apply` expects the store to hold
   * everything up to the last checkpoint seen.
   */
  resume(): Promise<number>;
  /**
   * Recomputes the ranked lists (`title_list`) and what is watched by genre and person (`genres_watched`, `people_watched`) from the popularity views at `now`, in chunks that leave the
   * event loop free; with several partitions, every served row that is not the sum of its shards; and once a day what is known
   * of pictures (`artwork_snapshot`). One process of an installation does this for all.
   */
  refreshLists(now: number): Promise<void>;
}

export interface MaterialiserOptions {
  readonly store: KeyValueStore;
  /** The partition of the log this one works on, and how many there are (`EventBus.partitions`). Default 0 of 1. */
  readonly partition?: number;
  readonly partitions?: number;
  readonly titles: TitleLookup & { newest(): readonly TitleId[] };
  /**
   * Sees to the served rows of several partitions, so that `apply` need not wait for it; those of events that were
   * applied before are seen to once more. Absent: `apply` writes them itself, after each batch.
   */
  readonly sums?: ServedSums;
  /**
   * Called before an event is folded, with the state as of just before it: the training-set builder's hook.
   * State and rows are live: what is needed later must be copied.
   */
  readonly observe?: (before: ProfileState, delivered: DeliveredEvent, popularity: PopularityLookup) => void;
  /** Called after a write, with how many of its events were dropped because they came after their profile's erasure. */
  readonly onTooLate?: (events: number) => void;
  /** Values kept decoded between batches. Default 2,000 profiles, 50,000 rows. */
  readonly keepProfiles?: number;
  readonly keepRows?: number;
}

/**
 * The row of `titlePopularityView` as of just before the observed event; undefined for a title without one
 * among the kept values. With `keepRows` above the number of titles, as in a replay, that is every title. With
 * several partitions it is what this one has counted.
 */
export type PopularityLookup = (id: TitleId) => Float32Array | undefined;

export type PlayEvent = EventOf<'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP'>;

export { MATERIALISED_TYPES, MATERIALISER_CONSUMER } from './consumer.ts';
export { createMaterialiser } from './create-materialiser.ts';
export { createPacer, type Pacer } from './pacer.ts';
export { applyToProfile } from './profile-reducer.ts';
export { createServedSums, type ServedSums, type ServedSumsOptions } from './served-sums.ts';
export { StoreWentBack } from './store-went-back.ts';
