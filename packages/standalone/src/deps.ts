/**
 * The dependencies object and its two makers: the embedded profile's, every port on an adapter that needs no server,
 * and the distributed one's, for commands that fill an installation. This file alone names adapters.
 */
import { join } from 'node:path';
import type { Catalogue } from '@marquee/catalogue';
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import type { Clock } from '@marquee/domain';
import { type EventBus, observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createEventLake, type EventLake } from '@marquee/event-lake';
import { type KeyValueStore, observeStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createRedisStore } from '@marquee/feature-store/redis';
import {
  CONTENT_DIMENSIONS,
  createTitleTable,
  RANKING_COLUMNS,
  storeSlotGroupOf,
  type TitleTable,
  titlePopularityView,
} from '@marquee/features';
import type { ModelRuntime, ServedInputs, VectorRuntime } from '@marquee/model-runtime';
import { createOnnxRuntime, createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import type { Profiles } from '@marquee/profiles';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import { createSqliteProfiles } from '@marquee/profiles/sqlite';
import {
  type CollaborativeRetrieval,
  createCollaborativeRetrieval,
  createTowerRetrieval,
  ownTowerCollection,
  type TowerRetrieval,
} from '@marquee/recommendation';
import type { Component, Logger, Metrics } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { observeVectorIndex, type VectorIndex } from '@marquee/vector-index';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { createQdrantVectorIndex } from '@marquee/vector-index/qdrant';
import type { DistributedConfig } from './config.ts';

export interface MarqueeDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly profiles: Profiles;
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly vectorIndex: VectorIndex;
  readonly modelRuntime: ModelRuntime;
  /** Started by whoever serves. */
  readonly collaborative: CollaborativeRetrieval;
  /** The same. */
  readonly towers: TowerRetrieval;
  /** The recommender's read model of the catalogue; filled at start. */
  readonly titles: TitleTable;
  /** What several adapters share; started before them. */
  readonly connections?: readonly Component[];
  /** A private store for replaying the log, as training does. */
  makeReplayStore(): KeyValueStore;
}

/** The online store's file in a world's folder. */
export const SNAPSHOT_FILE = 'online-store.snapshot';

/** The event lake's folder in a world's. */
export const LAKE_FOLDER = 'lake';

/** What is in force, in a world's folder: what the monitor found to have drifted. */
export const BROADCAST_FILE = 'broadcast.json';
const LAKE_MEMORY_MB = 256;

export interface EmbeddedOptions {
  /** The world's folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rankerThreads: number;
}

/** @param options.folder exists already. Nothing is opened before the components are started. */
export function embeddedDeps(options: EmbeddedOptions): MarqueeDeps {
  const { folder, clock, logger } = options;
  const titles = createTitleTable();
  const catalogue = createSqliteCatalogue({
    file: join(folder, 'catalogue.sqlite'),
    clock,
    logger,
    separateReader: true,
  });
  const bus = createSqliteEventBus({ file: join(folder, 'events.sqlite'), clock, logger });
  return {
    clock,
    logger,
    catalogue,
    profiles: createSqliteProfiles({ file: join(folder, 'profiles.sqlite'), clock, logger }),
    bus,
    store: createMemoryStore({ snapshotFile: join(folder, SNAPSHOT_FILE), clock, logger }),
    vectorIndex: createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger }),
    modelRuntime: rankingRuntime(options),
    collaborative: collaborativeOf(titles, logger),
    towers: towersOf({ titles, catalogue, bus, clock, logger }),
    titles,
    makeReplayStore: () => createMemoryStore({ clock, logger }),
  };
}

/** What ranking models are fed with. */
export const RANKING_INPUTS: ServedInputs = {
  columns: RANKING_COLUMNS,
  featureViews: { [titlePopularityView.name]: titlePopularityView.version },
};

export function rankingRuntime({
  rankerThreads,
  logger,
}: Pick<EmbeddedOptions, 'rankerThreads' | 'logger'>): ModelRuntime {
  return createOnnxRuntime({ threads: rankerThreads, ...RANKING_INPUTS, logger });
}

function collaborativeOf(titles: TitleTable, logger: Logger): CollaborativeRetrieval {
  return createCollaborativeRetrieval({
    titles,
    makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger }),
    logger,
  });
}

function towersOf(
  deps: Pick<MarqueeDeps, 'titles' | 'catalogue' | 'bus' | 'clock' | 'logger'>,
): TowerRetrieval {
  const { titles, logger, ...following } = deps;
  const makeRuntime = (columns: readonly string[]) => towerRuntime(columns, logger);
  return createTowerRetrieval({
    ...{ titles, makeRuntime, logger },
    openCollection: (towers) =>
      ownTowerCollection(
        {
          ...{ ...following, titles, makeRuntime, logger },
          makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger }),
        },
        towers,
      ),
  });
}

/** For one of the two towers. */
export function towerRuntime(columns: readonly string[], logger: Logger): VectorRuntime {
  // One history per request: more rows would only hold memory.
  return createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger });
}

/** Every event of the log, for training and for questions; nothing that serves needs it. */
export function embeddedLake({
  folder,
  clock,
  logger,
}: Pick<EmbeddedOptions, 'folder' | 'clock' | 'logger'>): EventLake {
  return createEventLake({
    folder: join(folder, LAKE_FOLDER),
    memoryMegabytes: LAKE_MEMORY_MB,
    clock,
    logger,
  });
}

/** What the parts of a world that is served tell each other, kept for when it is served next. */
export function embeddedBroadcast({
  folder,
  logger,
}: Pick<EmbeddedOptions, 'folder' | 'logger'>): ConfigurationBroadcast {
  return createMemoryBroadcast({ file: join(folder, BROADCAST_FILE), logger });
}

/** The same dependencies, with what goes through them measured. */
export function observedDeps(deps: MarqueeDeps, metrics: Metrics): MarqueeDeps {
  return {
    ...deps,
    bus: observeEventBus(deps.bus, metrics),
    store: observeStore(deps.store, metrics),
    vectorIndex: observeVectorIndex(deps.vectorIndex, metrics),
  };
}

export interface DistributedOptions {
  readonly servers: DistributedConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rankerThreads: number;
}

/** Nothing is connected before the components are started. */
export function distributedDeps(options: DistributedOptions): MarqueeDeps {
  const { servers, clock, logger } = options;
  const postgres = createPostgres({ ...servers.postgres, applicationName: 'marquee-prepare', logger });
  const titles = createTitleTable();
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = createNatsEventBus({ ...servers.nats, clock, logger });
  return {
    clock,
    logger,
    connections: [postgres],
    catalogue,
    profiles: createPostgresProfiles({ postgres, clock }),
    bus,
    store: createRedisStore({
      ...servers.redis,
      slotGroupOf: storeSlotGroupOf(servers.nats.partitions),
      // Filling keeps this process busy for longer than a request would wait.
      commandTimeoutMs: 10_000,
      logger,
    }),
    vectorIndex:
      servers.qdrant === undefined
        ? createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger })
        : createQdrantVectorIndex({ ...servers.qdrant, dimensions: CONTENT_DIMENSIONS, logger }),
    modelRuntime: rankingRuntime(options),
    collaborative: collaborativeOf(titles, logger),
    towers: towersOf({ titles, catalogue, bus, clock, logger }),
    titles,
    makeReplayStore: () => createMemoryStore({ clock, logger }),
  };
}

/** Where every process of an installation learns what is in force. */
export function distributedBroadcast(options: {
  readonly servers: Pick<DistributedConfig, 'nats'>;
  readonly logger: Logger;
}): ConfigurationBroadcast {
  return createNatsBroadcast({ ...options.servers.nats, logger: options.logger });
}

/** The ports in the order in which they start. */
export function portComponents(deps: MarqueeDeps): readonly Component[] {
  const { connections = [], store, catalogue, profiles, bus, vectorIndex, modelRuntime } = deps;
  return [...connections, store, catalogue, profiles, bus, vectorIndex, modelRuntime];
}
