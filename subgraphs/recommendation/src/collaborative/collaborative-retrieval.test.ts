import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, type TitleId } from '@marquee/domain';
import {
  collaborativeHistory,
  createTitleTable,
  emptyProfileState,
  profileStateView,
} from '@marquee/features';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { trainCollaborative, type WatchLog } from '@marquee/training';
import type { VectorIndex } from '@marquee/vector-index';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecommendationSubgraph } from '../create-recommendation-subgraph.ts';
import { MAX_EXPLAINED } from '../explanations/explain-picks.ts';
import { SOURCE } from '../home/source-names.ts';
import { createTestWorld, eventOf, type TestWorld, WORLD_NOW } from '../test/test-world.ts';
import { type CollaborativeRetrieval, createCollaborativeRetrieval } from './collaborative-retrieval.ts';

let world: TestWorld;
const folder = temporaryFolder();

beforeAll(async () => {
  world = await createTestWorld({ profiles: 120, days: 40 });
}, 120_000);
afterAll(async () => {
  await world.stop();
  folder.remove();
});

/** Everybody has watched twenty of the world's titles, those of their half of the catalogue. */
function watches(shift: number): WatchLog {
  const ids = world.catalogue.slice(0, 200).map(({ id }) => id);
  return new Map(
    Array.from({ length: 80 }, (_, p) => [
      `p${p}`,
      Array.from({ length: 20 }, (_unused, i) => ({
        titleId: ids[((p % 2) * 100 + ((p * 7 + i * 5 + shift) % 100)) % 200]!,
        at: WORLD_NOW - (30 - i) * DAY_MS,
      })),
    ]),
  );
}

async function versionOf(shift: number): Promise<string> {
  const now = WORLD_NOW + shift * 1_000;
  return (await trainCollaborative(watches(shift), { seed: 1, threads: 1, now, folder: folder.path }))!;
}

function retrieval(options: { retireAfterMs?: number } = {}): {
  collaborative: CollaborativeRetrieval;
  stopped: number[];
  made: () => number;
} {
  const stopped: number[] = [];
  let made = 0;
  const collaborative = createCollaborativeRetrieval({
    titles: createTitleTable(world.catalogue),
    makeIndex(dimensions): VectorIndex {
      const number = made++;
      const index = createExactVectorIndex({ dimensions, logger: silentLogger });
      const stop = index.stop.bind(index);
      index.stop = async () => {
        stopped.push(number);
        await stop();
      };
      return index;
    },
    ...options,
    logger: silentLogger,
  });
  return { collaborative, stopped, made: () => made };
}

const everything = () => ({ k: 1_000, filter: {}, deadline: deadlineAfter(5_000) });

describe('collaborative retrieval', () => {
  it('finds the titles with the highest scores of all, and none that the filter excludes', async () => {
    const { collaborative } = retrieval();
    await collaborative.load(await versionOf(0));
    const history = watches(0)
      .get('p4')!
      .map(({ titleId }) => titleId);
    const taste = collaborative.fold(history)!;
    const found = await taste.search(everything());
    const known = world.catalogue.slice(0, 200).map(({ id }) => id);
    const expected = known
      .map((id) => ({ id, score: taste.score(id) }))
      .filter(({ id }) =>
        watches(0)
          .values()
          .some((own) => own.some(({ titleId }) => titleId === id)),
      );
    expect(found).toHaveLength(expected.length);
    for (const { id, score } of found) expect(score).toBeCloseTo(taste.score(id), 5);
    const best = Math.max(...expected.map(({ score }) => score));
    expect(found[0]!.score).toBeCloseTo(best, 5);
    const excludeIds = found.slice(0, 5).map(({ id }) => id);
    const rest = await taste.search({ ...everything(), filter: { excludeIds, maturityLimit: 'PG' } });
    for (const { id } of rest) {
      expect(excludeIds).not.toContain(id);
      expect(['G', 'PG']).toContain(world.titles.get(id)!.maturityRating);
    }
    expect(rest.length).toBeGreaterThan(0);
    await collaborative.stop();
  });

  it('swaps versions without failing or mixing a request, goes back without filling anything, and drops what is two versions old', async () => {
    const { collaborative, stopped, made } = retrieval({ retireAfterMs: 300 });
    const [one, two, three] = [await versionOf(1), await versionOf(2), await versionOf(3)];
    const first = await collaborative.load(one);
    const history = watches(1)
      .get('p1')!
      .map(({ titleId }) => titleId);
    const before = collaborative.fold(history)!;
    const answers = new Map<string, string>();
    const answerOf = async (taste = collaborative.fold(history)!): Promise<string> => {
      const found = await taste.search(everything());
      // The index has the very vectors that the profile's scores are made of.
      for (const { id, score } of found) expect(score).toBeCloseTo(taste.score(id), 5);
      return found.map(({ id }) => id).join(' ');
    };
    answers.set(await answerOf(), one);
    let searching = true;
    const failures: unknown[] = [];
    const seen = new Set<string>();
    const load = (async () => {
      while (searching) seen.add(await answerOf().catch((error: unknown) => String(failures.push(error))));
    })();
    const second = await collaborative.load(two);
    expect(second.version).not.toBe(first.version);
    expect(collaborative.current).toEqual(second);
    answers.set(await answerOf(), two);
    expect(answers.size).toBe(2);
    // On the version it began with, although another one serves.
    expect(answers.get(await answerOf(before))).toBe(one);
    expect(await collaborative.load(one)).toEqual(first);
    expect(answers.get(await answerOf())).toBe(one);
    expect(made()).toBe(2);
    searching = false;
    await load;
    expect(failures).toEqual([]);
    expect([...seen].filter((answer) => !answers.has(answer))).toEqual([]);
    expect(stopped).toEqual([]);
    const third = await collaborative.load(three);
    await waitUntil(() => stopped.length === 1);
    expect(stopped).toEqual([1]);
    expect(collaborative.current).toEqual(third);
    await collaborative.stop();
    expect(stopped.toSorted()).toEqual([0, 1, 2]);
  });

  it('goes on with the last good version when the next is damaged', async () => {
    const { collaborative } = retrieval();
    const good = await collaborative.load(await versionOf(5));
    const damaged = await versionOf(6);
    await appendFile(join(damaged, 'factors.bin'), 'x');
    await expect(collaborative.load(damaged)).rejects.toMatchObject({ code: 'MODEL_INCOMPATIBLE' });
    expect(collaborative.current).toEqual(good);
    expect(collaborative.fold([world.catalogue[0]!.id])).toBeDefined();
    await collaborative.stop();
  });

  it('without a model knows nobody and is no reason not to be ready', () => {
    const { collaborative } = retrieval();
    expect(collaborative.fold(['anything'])).toBeUndefined();
    expect(collaborative.readiness()).toEqual({ ready: true });
  });
});

describe('the collaborative source on the home page', () => {
  const sourcesOf = async (profileId: string | undefined, without?: ReadonlySet<string>) => {
    const subgraph = createRecommendationSubgraph(
      world.deps(without === undefined ? {} : { withoutSources: without }),
    );
    const { candidates, degradations } = await subgraph.home.rank({
      ...(profileId === undefined ? {} : { profileId }),
      k: 50,
      seed: 1,
    });
    expect(degradations).toEqual([]);
    return new Map(candidates.map(({ titleId, sources }) => [titleId, sources]));
  };
  const proposed = (found: ReadonlyMap<TitleId, readonly string[]>): readonly TitleId[] =>
    [...found].filter(([, sources]) => sources.includes(SOURCE.collaborative)).map(([id]) => id);

  it('proposes to whoever has watched something, nothing to others, and can be left out', async () => {
    const [viewer] = world.profileIds;
    expect(proposed(await sourcesOf(viewer)).length).toBeGreaterThan(50);
    expect(proposed(await sourcesOf('nobody-yet'))).toEqual([]);
    expect(proposed(await sourcesOf(undefined))).toEqual([]);
    expect(proposed(await sourcesOf(viewer, new Set([SOURCE.collaborative])))).toEqual([]);
  });

  it('takes a new profile in with its first watch, without any training', async () => {
    const [titleId] = await popularTitles();
    if (titleId === undefined) throw new Error('the model knows none of the popular titles');
    await world.publish([
      eventOf('PLAY_STOP', 'just-joined', { titleId, watchedSeconds: 5_400, positionSeconds: 5_400 }),
    ]);
    const found = proposed(await sourcesOf('just-joined'));
    expect(found.length).toBeGreaterThan(0);
    expect(found).not.toContain(titleId);
  });

  it('names the watches that a title rests on most, as the model accounts for them', async () => {
    const subgraph = createRecommendationSubgraph(world.deps());
    let explained = 0;
    for (const profileId of world.profileIds.slice(0, 12)) {
      const ranked = await sourcesOf(profileId);
      const [blob] = await world.store.getMany([profileStateView.key(profileId)]);
      const state = profileStateView.decode(blob) ?? emptyProfileState();
      const taste = world.collaborative.fold(collaborativeHistory(state));
      const { slate } = await subgraph.home.home({ profileId });
      const picks = slate.rows.find(({ kind }) => kind === 'TOP_PICKS');
      // Of the picks that are on screen first the ranker says why.
      for (const item of picks?.items.slice(MAX_EXPLAINED) ?? []) {
        const sources = ranked.get(item.titleId) ?? [];
        if (item.reason === undefined || sources.includes(SOURCE.becauseYouWatched)) continue;
        expect(sources).toContain(SOURCE.collaborative);
        const most = taste!.contributions(item.titleId).map(({ titleId }) => titleId);
        expect(item.reason.titleIds).toEqual(most.slice(0, item.reason.titleIds.length));
        expect(item.reason.text).toContain(world.titles.get(most[0]!)!.name);
        explained++;
      }
    }
    expect(explained).toBeGreaterThan(0);
  });

  async function popularTitles(): Promise<readonly TitleId[]> {
    const subgraph = createRecommendationSubgraph(world.deps());
    const { titleIds } = await subgraph.home.rank({ k: 10, seed: 1 });
    return titleIds.filter((id) => world.collaborative.fold([id]) !== undefined);
  }
});
