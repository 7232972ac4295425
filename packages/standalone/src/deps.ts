/**
 * The embedded profile's dependencies: every port on an adapter that needs no server. This file alone names
 * adapters.
 */
import { join } from 'node:path';
import type { Catalogue } from '@marquee/catalogue';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import type { Clock } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  CONTENT_DIMENSIONS,
  createTitleTable,
  RANKING_COLUMNS,
  type TitleTable,
  titlePopularityView,
} from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import type { Profiles } from '@marquee/profiles';
import { createSqliteProfiles } from '@marquee/profiles/sqlite';
import type { Component, Logger } from '@marquee/service-kit';
import type { VectorIndex } from '@marquee/vector-index';
import { createExactVectorIndex } from '@marquee/vector-index/exact';

export interface MarqueeDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly profiles: Profiles;
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly vectorIndex: VectorIndex;
  readonly modelRuntime: ModelRuntime;
  /** The recommender's read model of the catalogue; filled at start. */
  readonly titles: TitleTable;
  /** A private store for replaying the log, as training does. */
  makeReplayStore(): KeyValueStore;
}

/** The online store's file in a world's folder. */
export const SNAPSHOT_FILE = 'online-store.snapshot';

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
  return {
    clock,
    logger,
    catalogue: createSqliteCatalogue({
      file: join(folder, 'catalogue.sqlite'),
      clock,
      logger,
      separateReader: true,
    }),
    profiles: createSqliteProfiles({ file: join(folder, 'profiles.sqlite'), clock, logger }),
    bus: createSqliteEventBus({ file: join(folder, 'events.sqlite'), clock, logger }),
    store: createMemoryStore({ snapshotFile: join(folder, SNAPSHOT_FILE), clock, logger }),
    vectorIndex: createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger }),
    modelRuntime: createOnnxRuntime({
      threads: options.rankerThreads,
      columns: RANKING_COLUMNS,
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      logger,
    }),
    titles: createTitleTable(),
    makeReplayStore: () => createMemoryStore({ clock, logger }),
  };
}

/** The ports in the order in which they start. */
export function portComponents(deps: MarqueeDeps): readonly Component[] {
  return [deps.store, deps.catalogue, deps.profiles, deps.bus, deps.vectorIndex, deps.modelRuntime];
}
