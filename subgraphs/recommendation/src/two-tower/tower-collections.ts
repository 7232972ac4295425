/** Where the title vectors of a version are: in this process, which fills them itself, or in an index that processes share. */
import { createVectorFollower, type TitleEmbedding, type VectorFollowerDeps } from '@marquee/features';
import type { VectorRuntime } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import { isFilledBy, type Towers, towerEmbedding } from '@marquee/training/two-tower';
import type { VectorIndex } from '@marquee/vector-index';
import type { TowerCollection } from './tower-retrieval.ts';

export interface OwnCollectionOptions
  extends Pick<VectorFollowerDeps, 'bus' | 'catalogue' | 'logger' | 'clock' | 'titles'> {
  /** One that nobody has started, for these columns. */
  makeRuntime(columns: readonly string[]): VectorRuntime;
  /** An empty index of vectors of this length, started and stopped here. */
  makeIndex(dimensions: number): VectorIndex;
}

/** Filled at start with the whole catalogue, then kept in step with it: a new title is embedded as its event arrives. */
export function ownTowerCollection(
  { makeRuntime, makeIndex, ...following }: OwnCollectionOptions,
  towers: Towers,
): TowerCollection {
  const index = makeIndex(towers.dimensions);
  const runtime = makeRuntime(towers.title.columns);
  const embedding: TitleEmbedding = towerEmbedding(towers, runtime);
  const follower = createVectorFollower({
    ...following,
    vectorIndex: index,
    embedding,
    name: `two-tower-${towers.version}`,
  });
  return {
    index,
    async start() {
      await Promise.all([index.start(), runtime.start()]);
      await runtime.load(towers.title.folder);
      await follower.start();
    },
    async stop() {
      await follower.stop();
      await Promise.all([runtime.stop(), index.stop()]);
    },
  };
}

/** One that the catalogue-indexer fills; it is not taken before that is done. @param index of this version alone */
export function sharedTowerCollection(index: VectorIndex): TowerCollection {
  return {
    index,
    async start() {
      await index.start();
      const version = await index.liveVersion();
      if (isFilledBy(version)) return;
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the title vectors of this version are not there yet');
    },
    stop: () => index.stop(),
  };
}
