/** The materialiser: batches of events in, feature values out. See materialiser.ts for its promises. */
import {
  CATALOGUE_PARTITION,
  DEFAULT_SEGMENT,
  type DeliveredEvent,
  type MarqueeEvent,
  partitionOf,
} from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { refreshArtworkSnapshots } from './artwork-snapshots.ts';
import { MATERIALISER_CONSUMER } from './consumer.ts';
import { counterRowsOf, servedRowOfShard } from './counter-rows.ts';
import { credible } from './credible-instant.ts';
import { recombineAll } from './every-row.ts';
import type { Materialiser, MaterialiserOptions } from './materialiser.ts';
import { createPacer } from './pacer.ts';
import { comesTooLate, foldEvent } from './profile-reducer.ts';
import { refreshRankedLists } from './ranked-lists.ts';
import { recombine } from './recombination.ts';
import { seenRowOf } from './seen-row.ts';
import { shownArtworkOf } from './shown-artwork.ts';
import { StoreWentBack } from './store-went-back.ts';
import { count, NO_EFFECT } from './title-counters.ts';
import { WorkingSet } from './working-set.ts';

/** Values in one atomic write at most: some 50 MB of profile states at their fullest. */
const MAX_VALUES = 50_000;

/** A profile, its title's counts, those of the row it stood in and of its picture, each with everybody and in the segment. */
const VALUES_OF_EVENT = 7;

/** Begin the keys of shards that are in no list. */
const SHARDS = ['page_row_', 'artwork_'];

/** Attempts at a batch whose partition somebody else writes at the same time. */
const MAX_ATTEMPTS = 3;

/** @throws TypeError when `partition` is none of the partitions. */
export function createMaterialiser(options: MaterialiserOptions): Materialiser {
  const { store, titles, observe, sums, partition = 0, partitions = 1 } = options;
  if (!(partition >= 0 && partition < partitions)) {
    throw new TypeError(`partition ${partition} of ${partitions}`);
  }
  const rows = counterRowsOf(partition, partitions);
  const working = new WorkingSet(store, options.keepProfiles ?? 2_000, options.keepRows ?? 50_000);
  const maxValues = Math.min(MAX_VALUES, store.preferredEntries ?? MAX_VALUES);
  const popularity = (id: string): Float32Array | undefined => working.row(rows.keyForAll(id));
  /** Shards that were written and are not yet in the served rows, where nobody else sees to that. */
  const uncombined = new Set<string>();
  /** The stored checkpoint, as far as nobody else has written; undefined: it has to be asked for. */
  let position: number | undefined;
  /** The last checkpoint seen, once somebody reads the log by it. */
  let reached: number | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function apply(batch: readonly DeliveredEvent[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await applyFresh(batch);
        break;
      } catch (error) {
        // The working copies are ahead of the store now, or somebody else has overtaken them.
        working.forgetAll();
        position = undefined;
        if (!isMarqueeError(error, 'CONFLICT') || attempt === MAX_ATTEMPTS) throw error;
      }
    }
    working.shrink();
    await combine();
  }

  async function applyFresh(batch: readonly DeliveredEvent[]): Promise<void> {
    const checkpoint = position ?? (await readCheckpoint());
    position = checkpoint;
    const ours = batch.filter(({ event }) => isOurs(event));
    const fresh = ours.filter(({ sequence }) => sequence > checkpoint);
    if (fresh.length < ours.length) await seeToSums(ours.slice(0, ours.length - fresh.length));
    if (fresh.length === 0) return;
    await working.loadProfiles(new Set(fresh.map((d) => d.event.profileId)));
    for (let from = 0; from < fresh.length; ) from = await applySlice(fresh, from, position);
  }

  /** Only at first and after a failure: a checkpoint that has changed unnoticed refuses the next write. */
  async function readCheckpoint(): Promise<number> {
    const checkpoint = await store.checkpoint(MATERIALISER_CONSUMER, partition);
    if (reached === undefined) return checkpoint;
    if (checkpoint < reached) {
      throw new StoreWentBack(
        `the store had partition ${partition} up to ${reached} and has ${checkpoint} now`,
      );
    }
    reached = checkpoint;
    return checkpoint;
  }

  function isOurs({ profileId }: MarqueeEvent): boolean {
    return profileId !== CATALOGUE_PARTITION && partitionOf(profileId, partitions) === partition;
  }

  /** Of events that were applied before, perhaps by a predecessor that ended before it had added up what they changed. */
  async function seeToSums(applied: readonly DeliveredEvent[]): Promise<void> {
    if (sums === undefined) return;
    const counted = applied.filter(({ event }) => titleOf(event) !== undefined);
    await working.loadProfiles(new Set(counted.map(({ event }) => event.profileId)));
    for (const { event } of counted) {
      sums.touched(countersOf(event, titleOf(event)!, working.profile(event.profileId).segment));
    }
  }

  /** Store keys of all rows that an event about a title may count in. */
  function countersOf(event: MarqueeEvent, titleId: string, segment: string): readonly string[] {
    const keys = rows.keysOf(titleId, segment);
    const pageRow = seenRowOf(event);
    const artwork = shownArtworkOf(event);
    if (pageRow === undefined && artwork === undefined) return keys;
    return [
      ...keys,
      ...(pageRow === undefined ? [] : rows.keysOfPageRow(pageRow, segment)),
      ...(artwork === undefined ? [] : rows.keysOfArtwork(artwork, segment)),
    ];
  }

  async function combine(): Promise<void> {
    if (uncombined.size === 0) return;
    await recombine(
      store,
      partitions,
      [...uncombined].map((key) => servedRowOfShard(key)!),
    );
    uncombined.clear();
  }

  /** Applies as many events as one atomic write can hold; returns where the next slice begins. */
  async function applySlice(
    events: readonly DeliveredEvent[],
    from: number,
    expected: number | undefined,
  ): Promise<number> {
    const { end, rowKeys } = slice(events, from);
    await working.loadRows(rowKeys);
    const pacer = createPacer();
    let tooLate = 0;
    for (let i = from; i < end; i++) {
      if (fold(events[i]!) === 'too late') tooLate++;
      if (pacer.due()) await pacer.pause();
    }
    const sequence = events[end - 1]!.sequence;
    const changes = await working.takeChanges();
    await store.putMany(changes, { consumer: MATERIALISER_CONSUMER, partition, sequence, expected });
    position = sequence;
    if (tooLate > 0) options.onTooLate?.(tooLate);
    if (reached !== undefined) reached = sequence;
    const keys = changes.map(({ key }) => key);
    if (sums !== undefined) sums.touched(keys);
    else if (partitions > 1)
      for (const key of keys) if (servedRowOfShard(key) !== undefined) uncombined.add(key);
    return end;
  }

  function fold(received: DeliveredEvent): 'folded' | 'too late' {
    const delivered = credible(received);
    const { event, sequence } = delivered;
    const profile = working.profile(event.profileId);
    if (sequence > profile.appliedSequence && comesTooLate(profile, event)) {
      // Not observed: what was erased teaches nothing either.
      foldEvent(profile, delivered, titles);
      working.markProfile(event.profileId);
      return 'too late';
    }
    observe?.(profile, delivered, popularity);
    const effect = foldEvent(profile, delivered, titles);
    working.markProfile(event.profileId);
    const titleId = titleOf(event);
    if (effect === NO_EFFECT || titleId === undefined || titles.get(titleId) === undefined) return 'folded';
    for (const key of countersOf(event, titleId, profile.segment))
      count(working.rowToChange(key), effect, event.occurredAt);
    return 'folded';
  }

  /** A run of events that touches at most `maxValues` values, and the rows among them. */
  function slice(events: readonly DeliveredEvent[], from: number): { end: number; rowKeys: Set<string> } {
    const rowKeys = new Set<string>();
    const profiles = new Set<string>();
    const segments = new Map<string, string>();
    let end = from;
    const hasRoom = () => end === from || rowKeys.size + profiles.size + VALUES_OF_EVENT <= maxValues;
    for (; end < events.length && hasRoom(); end++) {
      const { event, sequence } = events[end]!;
      if (sequence <= working.profile(event.profileId).appliedSequence) continue;
      profiles.add(event.profileId);
      if (event.type === 'PROFILE_REGISTERED') segments.set(event.profileId, event.payload.segment);
      if (event.type === 'PROFILE_ERASED') segments.set(event.profileId, DEFAULT_SEGMENT);
      const titleId = titleOf(event);
      if (titleId === undefined || titles.get(titleId) === undefined) continue;
      const segment = segments.get(event.profileId) ?? working.profile(event.profileId).segment;
      for (const key of countersOf(event, titleId, segment)) rowKeys.add(key);
    }
    return { end, rowKeys };
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    apply: (batch) => inTurn(() => apply(batch)),
    resume: () =>
      inTurn(async () => {
        working.forgetAll();
        reached = await store.checkpoint(MATERIALISER_CONSUMER, partition);
        position = reached;
        return reached;
      }),
    async refreshLists(now) {
      await refreshRankedLists({ store, titles, partitions }, now);
      if (partitions > 1) for (const prefix of SHARDS) await recombineAll(store, partitions, prefix);
      await refreshArtworkSnapshots({ store, titles }, now);
    },
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
