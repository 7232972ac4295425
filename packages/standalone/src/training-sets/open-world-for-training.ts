/**
 * What a world knows beside its lake, for whoever learns from it: titles, their vectors, and the models that it serves with. Read only, also
 * while the world is being served.
 */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { embedTitle, type TitleNeighbours, type TitleTable, titleNeighboursView } from '@marquee/features';
import { collaborativeRegistry, inForceSince, productionOf } from '@marquee/model-registry';
import type { VectorRuntime } from '@marquee/model-runtime';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { createCollaborativeModel, readCollaborativeFolder } from '@marquee/training/collaborative';
import type { LearnedSignals } from '@marquee/training-sets';
import { embeddedDeps, SNAPSHOT_FILE, towerRuntime } from '../deps.ts';
import { type World, worldSchema } from '../world/data-directory.ts';

export interface WorldForTraining {
  readonly world: World;
  readonly titles: TitleTable;
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  makeStore(): KeyValueStore;
  makeTowerRuntime(columns: readonly string[]): VectorRuntime;
  /** The neighbours in the online store, and the collaborative model in production. */
  servedWith(): Promise<LearnedSignals>;
  /** Since when what `servedWith` gives is what serves, epoch milliseconds. */
  servedSince(): Promise<number>;
}

const KEYS_PER_READ = 500;

/** @throws MarqueeError NOT_FOUND when there is no such world */
export async function openWorldForTraining(folder: string, logger: Logger): Promise<WorldForTraining> {
  const world = await readWorld(folder);
  const deps = embeddedDeps({ folder, clock: systemClock, logger, rankerThreads: 1 });
  const { catalogue, titles } = deps;
  const vectors = new Map<TitleId, Float32Array>();
  await catalogue.start();
  try {
    for await (const batch of catalogue.scan({ batchSize: KEYS_PER_READ })) {
      titles.put(batch);
      for (const title of batch) vectors.set(title.id, embedTitle(title));
    }
  } finally {
    await catalogue.stop();
  }
  return {
    world,
    titles,
    vectorOf: (id) => vectors.get(id),
    makeStore: () => deps.makeReplayStore(),
    makeTowerRuntime: (columns) => towerRuntime(columns, logger),
    async servedWith() {
      const neighbours = await neighboursIn(folder, titles.newest(), logger);
      const { version } = await collaborativeInForce(folder, world);
      if (version === undefined) return { neighboursOf: (id) => neighbours.get(id) };
      const { factors } = await readCollaborativeFolder(join(folder, 'models', version));
      return { neighboursOf: (id) => neighbours.get(id), collaborative: createCollaborativeModel(factors) };
    },
    servedSince: async () => (await collaborativeInForce(folder, world)).since,
  };
}

/** The registry's, or the one that the world was made with while nothing was ever moved. */
async function collaborativeInForce(
  folder: string,
  world: World,
): Promise<{ readonly version: string | undefined; readonly since: number }> {
  const registry = collaborativeRegistry({ modelsFolder: join(folder, 'models'), clock: systemClock });
  const version = productionOf((await registry.current()).state) ?? world.collaborative;
  const since = version === undefined ? undefined : await inForceSince(registry, version);
  return { version, since: Math.max(Date.parse(world.preparedAt), since ?? 0) };
}

async function readWorld(folder: string): Promise<World> {
  const file = join(folder, 'world.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new MarqueeError('NOT_FOUND', {
      message: `there is no world in ${folder}; npm start makes one`,
      cause,
    });
  }
  try {
    return worldSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new MarqueeError('DATA_CORRUPT', { message: `${file} is not a readable world description`, cause });
  }
}

/** From a copy of the snapshot: the online store writes to its own, and may be in use. */
async function neighboursIn(
  folder: string,
  ids: readonly TitleId[],
  logger: Logger,
): Promise<ReadonlyMap<TitleId, TitleNeighbours>> {
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-neighbours-'));
  const neighbours = new Map<TitleId, TitleNeighbours>();
  try {
    await copyFile(join(folder, SNAPSHOT_FILE), join(scratch, SNAPSHOT_FILE));
    const { store } = embeddedDeps({ folder: scratch, clock: systemClock, logger, rankerThreads: 1 });
    await store.start();
    try {
      for (let i = 0; i < ids.length; i += KEYS_PER_READ) {
        const chunk = ids.slice(i, i + KEYS_PER_READ);
        const blobs = await store.getMany(chunk.map((id) => titleNeighboursView.key(id)));
        for (const [place, id] of chunk.entries()) {
          const found = titleNeighboursView.decode(blobs[place]);
          if (found !== undefined) neighbours.set(id, found);
        }
      }
    } finally {
      await store.stop();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return neighbours;
}
