/**
 * Replays the lake through the materialiser into a private store, and says at every event that is waited for what was known just before
 * it. Correct in time by construction: what stands at or after an event has not been folded when its row is made.
 */
import type { DeliveredEvent } from '@marquee/domain';
import { type LakeReader, type LakeReplayOptions, replayLake } from '@marquee/event-lake';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createMaterialiser,
  createPacer,
  MATERIALISED_TYPES,
  type MaterialiserOptions,
  type PopularityLookup,
  type ProfileState,
} from '@marquee/features';

/** Events applied at once: the fewer times, the less there is to encode. */
const EVENTS_PER_APPLY = 5_000;

export type AtEvent = (before: ProfileState, delivered: DeliveredEvent, popularity: PopularityLookup) => void;

export interface ReplayFeaturesOptions extends Pick<LakeReplayOptions, 'before' | 'slateMarks'> {
  readonly reader: LakeReader;
  readonly titles: MaterialiserOptions['titles'];
  /** A private, empty store; started and stopped here. */
  readonly makeStore: () => KeyValueStore;
  /** Called at every event, in order. State and rows are live: what is needed later must be copied. */
  readonly at: AtEvent;
  readonly onProgress?: ((events: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function replayFeatures(options: ReplayFeaturesOptions): Promise<void> {
  const { reader, titles, at, before, slateMarks, onProgress, signal } = options;
  const store = options.makeStore();
  await store.start();
  try {
    const materialiser = createMaterialiser({
      store,
      titles,
      observe: at,
      keepProfiles: Number.POSITIVE_INFINITY,
      keepRows: Number.POSITIVE_INFINITY,
    });
    const pacer = createPacer();
    let gathered: DeliveredEvent[] = [];
    let replayed = 0;
    const flush = async (): Promise<void> => {
      signal?.throwIfAborted();
      await materialiser.apply(gathered);
      replayed += gathered.length;
      gathered = [];
      onProgress?.(replayed);
    };
    const events = replayLake(reader, {
      types: MATERIALISED_TYPES,
      ...(before !== undefined && { before }),
      ...(slateMarks !== undefined && { slateMarks }),
    });
    for await (const batch of events) {
      gathered.push(...batch);
      if (gathered.length >= EVENTS_PER_APPLY) await flush();
      if (pacer.due()) await pacer.pause();
    }
    await flush();
  } finally {
    await store.stop();
  }
}
