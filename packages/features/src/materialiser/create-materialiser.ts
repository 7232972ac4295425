/** The materialiser: batches of events in, feature values out. See materialiser.ts for its promises. */
import {
  CATALOGUE_PARTITION,
  DEFAULT_SEGMENT,
  type DeliveredEvent,
  type MarqueeEvent,
} from '@marquee/domain';
import { inSegmentId, titleInSegmentView, titlePopularityView } from '../views/title-popularity.view.ts';
import { MATERIALISER_CONSUMER } from './consumer.ts';
import type { Materialiser, MaterialiserOptions } from './materialiser.ts';
import { createPacer } from './pacer.ts';
import { foldEvent } from './profile-reducer.ts';
import { refreshRankedLists } from './ranked-lists.ts';
import { count, NO_EFFECT } from './title-counters.ts';
import { WorkingSet } from './working-set.ts';

/** Values in one atomic write at most: some 50 MB of profile states at their fullest. */
const MAX_VALUES = 50_000;

export function createMaterialiser(options: MaterialiserOptions): Materialiser {
  const { store, titles, observe } = options;
  const working = new WorkingSet(store, options.keepProfiles ?? 2_000, options.keepRows ?? 50_000);
  const popularity = (id: string): Float32Array | undefined => working.row(titlePopularityView.key(id));
  let position: number | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function apply(batch: readonly DeliveredEvent[]): Promise<void> {
    const checkpoint = await store.checkpoint(MATERIALISER_CONSUMER);
    if (checkpoint !== position) working.forgetAll();
    position = checkpoint;
    const fresh = batch.filter((d) => d.sequence > checkpoint && d.event.profileId !== CATALOGUE_PARTITION);
    if (fresh.length === 0) return;
    try {
      await working.loadProfiles(new Set(fresh.map((d) => d.event.profileId)));
      for (let from = 0; from < fresh.length; ) from = await applySlice(fresh, from);
    } catch (error) {
      // The working copies are ahead of the store now.
      working.forgetAll();
      position = undefined;
      throw error;
    }
    working.shrink();
  }

  /** Applies as many events as one atomic write can hold; returns where the next slice begins. */
  async function applySlice(events: readonly DeliveredEvent[], from: number): Promise<number> {
    const { end, rowKeys } = slice(events, from);
    await working.loadRows(rowKeys);
    const pacer = createPacer();
    for (let i = from; i < end; i++) {
      fold(events[i]!);
      if (pacer.due()) await pacer.pause();
    }
    const sequence = events[end - 1]!.sequence;
    await store.putMany(await working.takeChanges(), { consumer: MATERIALISER_CONSUMER, sequence });
    position = sequence;
    return end;
  }

  function fold(delivered: DeliveredEvent): void {
    const { event } = delivered;
    const profile = working.profile(event.profileId);
    observe?.(profile, delivered, popularity);
    const effect = foldEvent(profile, delivered, titles);
    working.markProfile(event.profileId);
    const titleId = titleOf(event);
    if (effect === NO_EFFECT || titleId === undefined || titles.get(titleId) === undefined) return;
    for (const key of rowKeysOf(titleId, profile.segment))
      count(working.rowToChange(key), effect, event.occurredAt);
  }

  /** A run of events that touches at most MAX_VALUES values, and the rows among them. */
  function slice(events: readonly DeliveredEvent[], from: number): { end: number; rowKeys: Set<string> } {
    const rowKeys = new Set<string>();
    const profiles = new Set<string>();
    const segments = new Map<string, string>();
    let end = from;
    for (; end < events.length && rowKeys.size + profiles.size + 3 <= MAX_VALUES; end++) {
      const { event, sequence } = events[end]!;
      if (sequence <= working.profile(event.profileId).appliedSequence) continue;
      profiles.add(event.profileId);
      if (event.type === 'PROFILE_REGISTERED') segments.set(event.profileId, event.payload.segment);
      if (event.type === 'PROFILE_ERASED') segments.set(event.profileId, DEFAULT_SEGMENT);
      const titleId = titleOf(event);
      if (titleId === undefined || titles.get(titleId) === undefined) continue;
      const segment = segments.get(event.profileId) ?? working.profile(event.profileId).segment;
      for (const key of rowKeysOf(titleId, segment)) rowKeys.add(key);
    }
    return { end, rowKeys };
  }

  return {
    apply: (batch) => {
      const done = queue.then(() => apply(batch));
      queue = done.catch(() => undefined);
      return done;
    },
    refreshLists: (now) => refreshRankedLists(store, titles, now),
  };
}

/** The title whose counters an event may change. */
function titleOf(event: MarqueeEvent): string | undefined {
  switch (event.type) {
    case 'IMPRESSION':
    case 'PLAY_START':
    case 'PLAY_PROGRESS':
    case 'PLAY_STOP':
    case 'REACTION_SET':
      return event.payload.titleId;
    default:
      return undefined;
  }
}

function rowKeysOf(titleId: string, segment: string): readonly string[] {
  const forAll = titlePopularityView.key(titleId);
  if (segment === DEFAULT_SEGMENT) return [forAll];
  return [forAll, titleInSegmentView.key(inSegmentId(titleId, segment))];
}
