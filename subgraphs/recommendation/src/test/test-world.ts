/**
 * A small living world on the real embedded adapters: the sample films, some hundred simulated viewers with a
 * month of history, co-watch neighbours and a trained ranker. Built once per test file.
 */
import { join } from 'node:path';
import {
  type Clock,
  type Genre,
  type ManualClock,
  type MarqueeEvent,
  manualClock,
  maturityLevel,
  type Person,
  type Title,
} from '@marquee/domain';
import { caughtUp, createFreshness, type EventBus, type Subscription } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { fixedExperiments } from '@marquee/experimentation';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  CONTENT_DIMENSIONS,
  createMaterialiser,
  createTitleTable,
  embedTitle,
  MATERIALISER_CONSUMER,
  RANKING_COLUMNS,
  type TitleTable,
  titlePopularityView,
} from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import type { RequestContext } from '@marquee/service-kit/subgraph';
import { temporaryFolder } from '@marquee/testkit';
import {
  collectWatches,
  coWatchNeighbours,
  storeNeighbours,
  trainCollaborative,
  trainPastCollaborative,
  trainStarterRanker,
} from '@marquee/training';
import type { VectorIndex } from '@marquee/vector-index';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import {
  type CollaborativeRetrieval,
  createCollaborativeRetrieval,
} from '../collaborative/collaborative-retrieval.ts';
import type { RecommendationDeps } from '../dependencies.ts';
import { seededEntropy } from '../slates/slate-entropy.ts';

/** Events in one publish. */
const BATCH = 5_000;

export const WORLD_NOW = Date.UTC(2026, 2, 14, 19, 30);

export interface TestWorld {
  readonly clock: ManualClock;
  readonly titles: TitleTable;
  readonly catalogue: readonly Title[];
  readonly genres: readonly Genre[];
  readonly people: readonly Person[];
  readonly store: KeyValueStore;
  readonly vectorIndex: VectorIndex;
  readonly modelRuntime: ModelRuntime;
  /** Without a model where there is too little to learn from. */
  readonly collaborative: CollaborativeRetrieval;
  readonly bus: EventBus;
  readonly profileIds: readonly string[];
  /** Dependencies with seeds that repeat; parts may be replaced. */
  deps(parts?: Partial<RecommendationDeps>): RecommendationDeps;
  /** Publishes and waits until the feature views have it. */
  publish(events: readonly MarqueeEvent[]): Promise<void>;
  stop(): Promise<void>;
}

export type TestWorldOptions =
  | { readonly profiles: number; readonly days: number }
  /** Nobody but those who make these events. */
  | {
      readonly events: readonly MarqueeEvent[];
      /** Default: the sample films. */
      readonly catalogue?: readonly Title[];
    };

export async function createTestWorld(options: TestWorldOptions): Promise<TestWorld> {
  const folder = await temporaryFolder();
  const clock = manualClock(WORLD_NOW);
  const { titles: films, genres, people } = buildSampleCatalogue({ now: WORLD_NOW });
  const catalogue = ('catalogue' in options ? options.catalogue : undefined) ?? films;
  const titles = createTitleTable(catalogue);
  const ports = makePorts(folder.path, clock);
  const { store, vectorIndex, modelRuntime, bus } = ports;
  await Promise.all([store.start(), vectorIndex.start(), modelRuntime.start(), bus.start()]);
  await vectorIndex.upsert(catalogue.map(toPoint));

  const materialiser = createMaterialiser({ store, titles });
  const subscription = bus.subscribe({
    name: MATERIALISER_CONSUMER,
    startAfter: 0,
    handle: (batch) => materialiser.apply(batch),
  });
  await subscription.start();

  const { profileIds, batches } = historyOf(options, catalogue);
  for (const batch of batches) await bus.publish(batch);
  await settle(bus, subscription);
  await materialiser.refreshLists(WORLD_NOW);
  const replay = (selection?: Parameters<EventBus['replay']>[0]) => bus.replay(selection);
  const watches = await collectWatches(replay);
  await storeNeighbours(store, await coWatchNeighbours(watches, { now: WORLD_NOW }));
  const learning = { seed: 7, threads: 1 };
  const models = join(folder.path, 'models');
  const model = await trainStarterRanker({
    replay,
    titles,
    makeStore: () => createMemoryStore({ clock }),
    watches,
    vectors: (ids) => vectorIndex.vectors(ids),
    collaborative: async (past) => (await trainPastCollaborative(watches, past, learning))?.model,
    seed: 7,
    now: WORLD_NOW,
    folder: models,
  });
  await modelRuntime.load(model);
  const collaborative = createCollaborativeRetrieval({
    titles,
    makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger: silentLogger }),
    logger: silentLogger,
  });
  const version = await trainCollaborative(watches, { ...learning, now: WORLD_NOW, folder: models });
  if (version !== undefined) await collaborative.load(version);

  const freshness = createFreshness([subscription]);
  // Two subgraphs of one world must not draw the same slate ids.
  let made = 1;
  const nameOf = (list: readonly (Genre | Person)[]) => {
    const names = new Map(list.map(({ id, name }) => [id, name]));
    return async (ids: readonly string[]) => ids.map((id) => names.get(id));
  };
  return {
    clock,
    titles,
    catalogue,
    genres,
    people,
    store,
    vectorIndex,
    modelRuntime,
    collaborative,
    bus,
    profileIds,
    deps: (parts = {}) => ({
      titles,
      store,
      vectorIndex,
      modelRuntime,
      collaborative,
      bus,
      freshness,
      experiments: fixedExperiments({ holdouts: [], layers: [], experiments: [] }),
      names: { genreNames: nameOf(genres), personNames: nameOf(people) },
      clock,
      tokenSecret: 'a secret for tests only',
      logger: silentLogger,
      // Test files run side by side on few cores: what is slow here is not away.
      patience: 8,
      entropy: seededEntropy(made++),
      ...parts,
    }),
    async publish(events) {
      const acks = await bus.publish(events);
      if (!(await freshness.waitFor(acks, 10_000))) throw new Error('the feature views did not catch up');
    },
    async stop() {
      await subscription.stop();
      await Promise.all([
        bus.stop(),
        collaborative.stop(),
        modelRuntime.stop(),
        vectorIndex.stop(),
        store.stop(),
      ]);
      await folder.remove();
    },
  };
}

function historyOf(options: TestWorldOptions, titles: readonly Title[]) {
  if ('events' in options) {
    const profileIds = [...new Set(options.events.map(({ profileId }) => profileId))];
    return { profileIds, batches: inBatches(options.events) };
  }
  const audience = createAudience({ seed: 7, titles, profiles: options.profiles, now: WORLD_NOW });
  return { profileIds: [...audience.profileIds()], batches: audience.history({ days: options.days }) };
}

function* inBatches(events: readonly MarqueeEvent[]): Iterable<readonly MarqueeEvent[]> {
  for (let i = 0; i < events.length; i += BATCH) yield events.slice(i, i + BATCH);
}

function makePorts(folder: string, clock: Clock) {
  return {
    store: createMemoryStore({ clock }),
    vectorIndex: createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger: silentLogger }),
    modelRuntime: createOnnxRuntime({
      threads: 1,
      columns: RANKING_COLUMNS,
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      logger: silentLogger,
    }),
    bus: createSqliteEventBus({ file: join(folder, 'events.sqlite'), clock }),
  };
}

async function settle(bus: EventBus, subscription: Subscription): Promise<void> {
  if (!(await caughtUp(bus, [subscription], 60_000))) {
    throw new Error('the feature views did not catch up with the history');
  }
}

export function toPoint(title: Title) {
  return {
    id: title.id,
    vector: embedTitle(title),
    payload: {
      genreIds: title.genreIds,
      kind: title.kind,
      maturityLevel: maturityLevel(title.maturityRating),
      availability: title.availability,
      ...(title.releaseYear === undefined ? {} : { releaseYear: title.releaseYear }),
      ...(title.runtimeMinutes === undefined ? {} : { runtimeMinutes: title.runtimeMinutes }),
    },
  };
}

/** A request as the gateway sends it. */
export function requestOf(profileId?: string): RequestContext {
  return {
    requestId: 'test',
    deadline: deadlineAfter(10_000),
    ...(profileId === undefined ? {} : { viewer: { profileId, scopes: [] } }),
  };
}

let unique = 0;

/** An event of a profile, valid and with an id of its own. */
export function eventOf<T extends MarqueeEvent['type']>(
  type: T,
  profileId: string,
  payload: Extract<MarqueeEvent, { type: T }>['payload'],
  occurredAt = WORLD_NOW,
): MarqueeEvent {
  return {
    eventId: `test-${unique++}`,
    type,
    schemaVersion: 1,
    occurredAt,
    receivedAt: occurredAt,
    profileId,
    payload,
  } as MarqueeEvent;
}
