import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from '@marquee/catalogue';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { CATALOGUE_PARTITION, DAY_MS, type Title } from '@marquee/domain';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { releaseTowers, type WatchLog } from '@marquee/training';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecommendationSubgraph } from '../create-recommendation-subgraph.ts';
import { SOURCE } from '../home/source-names.ts';
import { createTestWorld, eventOf, type TestWorld, WORLD_NOW } from '../test/test-world.ts';
import { ownTowerCollection, sharedTowerCollection } from './tower-collections.ts';
import { createTowerRetrieval, type TowerRetrieval } from './tower-retrieval.ts';

let world: TestWorld;
let catalogue: Catalogue;
let shown: readonly Title[];
const folder = temporaryFolder();
const logger = silentLogger;
const makeRuntime = (columns: readonly string[]) =>
  createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger });

beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 20 });
  catalogue = createSqliteCatalogue({ file: folder.file('catalogue.sqlite'), clock: world.clock, logger });
  await catalogue.start();
  shown = world.catalogue.slice(0, 200);
  await catalogue.put({ genres: world.genres, people: world.people });
  await catalogue.put({ titles: shown });
}, 120_000);
afterAll(async () => {
  await catalogue.stop();
  await world.stop();
  folder.remove();
});

/** Everybody has watched twenty of the first two hundred titles, those of their half. */
function watches(shift: number): WatchLog {
  return new Map(
    Array.from({ length: 80 }, (_, p) => [
      `p${p}`,
      Array.from({ length: 20 }, (_unused, i) => ({
        titleId: shown[((p % 2) * 100 + ((p * 7 + i * 5 + shift) % 100)) % 200]!.id,
        at: WORLD_NOW - (30 - i) * DAY_MS,
      })),
    ]),
  );
}

/** With the user tower that reads histories in their order: whoever serves it knows nothing of that. */
const SMALL = {
  blocks: 2,
  dimensions: 16,
  hidden: 16,
  buckets: 256,
  batchSize: 256,
  negatives: 64,
  maxEpochs: 3,
  learningRate: 0.01,
};

async function versionOf(shift: number, maxEpochs = 3): Promise<string> {
  const now = WORLD_NOW + shift * 1_000;
  const { titles } = world;
  const released = await releaseTowers(watches(shift), {
    seed: 1,
    threads: 1,
    now,
    titles,
    towers: { ...SMALL, maxEpochs },
  });
  return released!.write(folder.path);
}

function retrieval(): { towers: TowerRetrieval; opened: string[]; stopped: string[] } {
  const opened: string[] = [];
  const stopped: string[] = [];
  const towers = createTowerRetrieval({
    ...{ titles: world.titles, makeRuntime, logger },
    retireAfterMs: 100,
    openCollection(version) {
      opened.push(version.version);
      const collection = ownTowerCollection(
        {
          ...{ bus: world.bus, catalogue, clock: world.clock, logger, makeRuntime },
          makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger }),
        },
        version,
      );
      return {
        ...collection,
        async stop() {
          stopped.push(version.version);
          await collection.stop();
        },
      };
    },
  });
  return { towers, opened, stopped };
}

const historyOf = (profile: string) =>
  watches(0)
    .get(profile)!
    .map(({ titleId }) => titleId);
const everything = (profile = 'p4') => ({
  history: historyOf(profile),
  ...{ k: 1_000, filter: {}, deadline: deadlineAfter(10_000) },
});

describe('two-tower retrieval', () => {
  it('finds the highest products of all titles, new ones included, and none that the filter excludes', async () => {
    const { towers } = retrieval();
    const version = await versionOf(0, 30);
    await towers.load(version);
    const found = await towers.search(everything());
    expect(found).toHaveLength(shown.length);
    const half = new Set(
      historyOf('p4').map((id) => Number(shown.findIndex((title) => title.id === id) >= 100)),
    );
    expect(half.size).toBe(1);
    const first = found
      .slice(0, 50)
      .filter(({ id }) => half.has(Number(shown.findIndex((t) => t.id === id) >= 100)));
    // What people with this history watch comes first.
    expect(first.length).toBeGreaterThan(30);
    const excludeIds = found.slice(0, 5).map(({ id }) => id);
    const rest = await towers.search({ ...everything(), filter: { excludeIds, maturityLimit: 'PG' } });
    expect(rest.length).toBeGreaterThan(0);
    for (const { id } of rest) {
      expect(excludeIds).not.toContain(id);
      expect(['G', 'PG']).toContain(world.titles.get(id)!.maturityRating);
    }
    expect(await towers.search({ ...everything(), history: ['nothing-known'] })).toEqual([]);
    await towers.stop();
  });

  it('swaps user tower and collection in one step, without failing a request, and goes back without filling anything', async () => {
    const { towers, opened, stopped } = retrieval();
    const [one, two, three] = [await versionOf(1), await versionOf(2), await versionOf(3)];
    const first = await towers.load(one);
    const answers = new Map<string, string>();
    const answerOf = async () => JSON.stringify((await towers.search(everything())).slice(0, 20));
    answers.set(await answerOf(), one);
    let searching = true;
    const mixed: unknown[] = [];
    const seen: string[] = [];
    const load = (async () => {
      while (searching) seen.push(await answerOf().catch((error: unknown) => String(mixed.push(error))));
    })();
    const second = await towers.load(two);
    expect(second.version).not.toBe(first.version);
    expect(towers.current).toEqual(second);
    answers.set(await answerOf(), two);
    expect(await towers.load(one)).toEqual(first);
    expect(answers.get(await answerOf())).toBe(one);
    expect(opened).toEqual([first.version, second.version]);
    searching = false;
    await load;
    expect(mixed).toEqual([]);
    // Never one version's user against another's titles.
    expect(new Set(seen.map((answer) => answers.has(answer)))).toEqual(new Set([true]));
    expect(stopped).toEqual([]);
    const third = await towers.load(three);
    await waitUntil(() => stopped.length === 1);
    expect(stopped).toEqual([second.version]);
    expect(towers.current).toEqual(third);
    await towers.stop();
    expect(stopped.toSorted()).toEqual([first, second, third].map(({ version }) => version).toSorted());
  });

  it('goes on with the last good version when the next is damaged, or its vectors are not there', async () => {
    const { towers } = retrieval();
    const good = await towers.load(await versionOf(4));
    const damaged = await versionOf(5);
    await appendFile(join(damaged, 'titles.json'), ' ');
    await expect(towers.load(damaged)).rejects.toMatchObject({ code: 'MODEL_INCOMPATIBLE' });
    expect(towers.current).toEqual(good);
    expect((await towers.search(everything())).length).toBe(shown.length);
    await towers.stop();
    const unfilled = createTowerRetrieval({
      ...{ titles: world.titles, makeRuntime, logger },
      openCollection: ({ dimensions }) =>
        sharedTowerCollection(createExactVectorIndex({ dimensions, logger })),
    });
    await expect(unfilled.load(await versionOf(6))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(unfilled.current).toBeUndefined();
    await unfilled.stop();
  });

  it('finds a title of a second ago, in the version that serves and in the one before, and not one that is gone', async () => {
    const { towers } = retrieval();
    const [one, two] = [await versionOf(7), await versionOf(8)];
    await towers.load(one);
    await towers.load(two);
    const fresh = { ...shown[3]!, id: 'fresh' };
    const [, gone] = shown;
    const finds = async (id: string) => (await towers.search(everything())).some((found) => found.id === id);
    const tell = (type: 'TITLE_CHANGED' | 'TITLE_REMOVED', titleId: string) =>
      world.bus.publish([eventOf(type, CATALOGUE_PARTITION, { titleId })]);
    await catalogue.put({ titles: [fresh] });
    await tell('TITLE_CHANGED', fresh.id);
    await waitUntil(() => finds(fresh.id));
    await catalogue.remove([fresh.id, gone!.id]);
    await tell('TITLE_REMOVED', fresh.id);
    await tell('TITLE_REMOVED', gone!.id);
    await waitUntil(async () => !(await finds(gone!.id)));
    expect(await finds(fresh.id)).toBe(false);
    await towers.load(one);
    await waitUntil(async () => !(await finds(gone!.id)));
    await catalogue.put({ titles: [gone!] });
    await tell('TITLE_CHANGED', gone!.id);
    await waitUntil(() => finds(gone!.id));
    await towers.stop();
  });

  it('without a model finds nothing, runs nothing, and is no reason not to be ready', async () => {
    const { towers, opened } = retrieval();
    expect(await towers.search(everything())).toEqual([]);
    expect(towers.readiness()).toEqual({ ready: true });
    expect(opened).toEqual([]);
    await towers.stop();
  });
});

describe('the two-tower source on the home page', () => {
  const proposed = async (
    towers: TowerRetrieval | undefined,
    profileId: string | undefined,
    without?: string,
  ) => {
    const subgraph = createRecommendationSubgraph(
      world.deps({
        ...(towers && { towers }),
        ...(without !== undefined && { withoutSources: new Set([without]) }),
      }),
    );
    const { candidates, degradations } = await subgraph.home.rank({
      ...(profileId === undefined ? {} : { profileId }),
      ...{ k: 50, seed: 1 },
    });
    expect(degradations).toEqual([]);
    return candidates
      .filter(({ sources }) => sources.includes(SOURCE.twoTower))
      .map(({ titleId }) => titleId);
  };

  it('proposes to whoever has watched something, nothing to others or without a model, and can be left out', async () => {
    const { towers } = retrieval();
    const [viewer] = world.profileIds;
    expect(await proposed(towers, viewer)).toEqual([]);
    await towers.load(await versionOf(10));
    const found = await proposed(towers, viewer);
    expect(found.length).toBeGreaterThan(10);
    expect(await proposed(towers, 'nobody-yet')).toEqual([]);
    expect(await proposed(towers, undefined)).toEqual([]);
    expect(await proposed(towers, viewer, SOURCE.twoTower)).toEqual([]);
    expect(await proposed(undefined, viewer)).toEqual([]);
    await towers.stop();
  });
});
