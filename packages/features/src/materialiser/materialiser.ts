/**
 * Turns events into feature values. The same code runs online, on batches as they arrive, and offline, when a
 * log is replayed for training: there is no second definition of any feature.
 */
import type { DeliveredEvent, EventOf, TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import type { TitleFacts } from '../title-table.ts';
import type { ProfileState } from '../views/profile-state.view.ts';

export interface TitleLookup {
  get(id: TitleId): TitleFacts | undefined;
}

export interface Materialiser {
  /**
   * Applies a batch in order of sequence: reads every touched value once, folds, writes once, atomically with
   * the checkpoint (a batch that touches more values than one write may hold is cut). Events at or below the
   * stored checkpoint change nothing, so redelivery is harmless; therefore batches must arrive in log order.
   * Calls are served one after another.
   */
  apply(batch: readonly DeliveredEvent[]): Promise<void>;
  /**
   * Recomputes the ranked lists (`title_list`) from the popularity views at `now`, in chunks that leave the
   * event loop free.
   */
  refreshLists(now: number): Promise<void>;
}

export interface MaterialiserOptions {
  readonly store: KeyValueStore;
  readonly titles: TitleLookup & { newest(): readonly TitleId[] };
  /**
   * Called before an event is folded, with the state as of just before it: the training-set builder's hook.
   * State and rows are live: what is needed later must be copied.
   */
  readonly observe?: (before: ProfileState, delivered: DeliveredEvent, popularity: PopularityLookup) => void;
  /** Values kept decoded between batches. Default 2,000 profiles, 50,000 rows. */
  readonly keepProfiles?: number;
  readonly keepRows?: number;
}

/**
 * The row of `titlePopularityView` as of just before the observed event; undefined for a title without one
 * among the kept values. With `keepRows` above the number of titles, as in a replay, that is every title.
 */
export type PopularityLookup = (id: TitleId) => Float32Array | undefined;

export type PlayEvent = EventOf<'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP'>;

export { MATERIALISED_TYPES, MATERIALISER_CONSUMER } from './consumer.ts';
export { createMaterialiser } from './create-materialiser.ts';
export { createPacer, type Pacer } from './pacer.ts';
export { applyToProfile } from './profile-reducer.ts';
