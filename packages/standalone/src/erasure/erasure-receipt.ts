/**
 * The receipt of an erasure: looks in every place that ever held something of a profile, and says what is left of the life before.
 * It asks the places themselves; nothing is believed because a worker said so. Made again after a while it says more: the lake follows
 * the log behind it, and models are replaced at the next training.
 */
import type { ProfileId } from '@marquee/domain';
import { partitionOf } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import type { Profiles } from '@marquee/profiles';
import { MarqueeError } from '@marquee/service-kit';
import { leftInFeatures } from './feature-remains.ts';
import { leftInLake } from './lake-remains.ts';
import { type KnowingModel, modelsThatKnow } from './model-remains.ts';
import { type KnowingSet, setsThatKnow } from './training-set-remains.ts';

/** `gone`: nothing is left. `unreadable`: bytes may be, and nothing reads them. `follows`: not reached yet. `left`: it should be gone. */
export type PlaceState = 'gone' | 'unreadable' | 'follows' | 'left';

export interface ErasedPlace {
  readonly place: string;
  readonly state: PlaceState;
  /** Entries of the life before that are still there. */
  readonly left: number;
  readonly detail: string;
}

export interface ErasureReceipt {
  readonly profileId: ProfileId;
  /** Event of the tombstone, and where it stands in the log. */
  readonly tombstone: string;
  readonly partition: number;
  readonly sequence: number;
  readonly erasedAt: string;
  readonly places: readonly ErasedPlace[];
  /** That were made before: they are not rewritten, and never used again once a later one is there. */
  readonly trainingSets: readonly KnowingSet[];
  /** Trained from a log that still had the profile. */
  readonly models: readonly KnowingModel[];
  /** Every place is done, and no model that knows the profile serves. */
  readonly complete: boolean;
}

export interface ReceiptSources {
  readonly bus: EventBus;
  readonly profiles: Profiles;
  readonly store: KeyValueStore;
  readonly lakeFolder: string;
  readonly modelsFolder: string;
  readonly trainingSetsFolder: string;
}

export interface Tombstone {
  readonly profileId: ProfileId;
  readonly eventId: string;
  readonly partition: number;
  readonly sequence: number;
  readonly at: number;
}

/** @throws MarqueeError NOT_FOUND for a profile that was never erased */
export async function makeErasureReceipt(
  sources: ReceiptSources,
  profileId: ProfileId,
): Promise<ErasureReceipt> {
  const { bus } = sources;
  const events = await eventsOf(bus, profileId);
  const tombstone = events.findLast(({ type }) => type === 'PROFILE_ERASED');
  if (tombstone === undefined)
    throw new MarqueeError('NOT_FOUND', `${profileId} has not been erased, as far as the log goes back`);
  const { eventId, sequence, at } = tombstone;
  const partition = partitionOf(profileId, bus.partitions);
  const erasure: Tombstone = { profileId, eventId, partition, sequence, at };
  const inLog = events.filter((event) => event.sequence < sequence && event.type !== 'PROFILE_ERASED').length;
  const trainingSets = await setsThatKnow(sources.trainingSetsFolder, erasure);
  const models = await modelsThatKnow(sources.modelsFolder, erasure);
  const places: ErasedPlace[] = [
    place('event log', inLog, 'the tombstone stays: whoever is behind meets it'),
    await inSystemOfRecord(sources.profiles, erasure),
    ...(await leftInFeatures(sources.store, erasure)),
    await leftInLake(sources.lakeFolder, erasure),
    {
      ...{ place: 'spools', state: 'unreadable', left: 0 },
      detail: 'what a process could not publish yet is dropped on arrival: it happened before the erasure',
    },
    {
      ...{ place: 'response caches', state: 'unreadable', left: 0 },
      detail: 'what gateways kept for the viewer ended with the event, and by age within a minute',
    },
  ];
  const serving = models.filter(({ serves }) => serves);
  return {
    ...{ profileId, tombstone: eventId, partition, sequence, erasedAt: new Date(at).toISOString() },
    ...{ places, trainingSets, models },
    complete: serving.length === 0 && places.every(({ state }) => state === 'gone' || state === 'unreadable'),
  };
}

export function place(name: string, left: number, detail: string): ErasedPlace {
  return { place: name, state: left === 0 ? 'gone' : 'left', left, detail };
}

interface OwnEvent {
  readonly eventId: string;
  readonly type: string;
  readonly sequence: number;
  readonly at: number;
}

async function eventsOf(bus: EventBus, profileId: ProfileId): Promise<readonly OwnEvent[]> {
  const own: OwnEvent[] = [];
  for await (const batch of bus.replay()) {
    for (const { sequence, event } of batch) {
      if (event.profileId !== profileId) continue;
      own.push({ eventId: event.eventId, type: event.type, sequence, at: event.occurredAt });
    }
  }
  return own;
}

/** Whoever came back has entries of the new life. */
async function inSystemOfRecord(profiles: Profiles, { profileId, at }: Tombstone): Promise<ErasedPlace> {
  const { profile, reactions, hidden, myList, history } = await profiles.exportProfile(profileId);
  const instants = [
    ...(profile === undefined ? [] : [profile.createdAt]),
    ...[...reactions, ...hidden].map((entry) => entry.at),
    ...myList.map(({ savedAt }) => savedAt),
    ...history.map(({ lastWatchedAt }) => lastWatchedAt),
  ];
  const left = instants.filter((instant) => instant < at).length;
  return place('profiles', left, 'name, lists, reactions, history');
}
