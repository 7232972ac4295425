import { DAY_MS, type DeliveredEvent, HOUR_MS } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { eventOf, SAMPLE_INSTANT, sampleTitle } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPopularity } from '../ranking/popularity-now.ts';
import { arbitraryLog, PROFILES, split, titleTable } from '../test/arbitrary-log.ts';
import { createTitleTable } from '../title-table.ts';
import {
  emptyProfileState,
  inSegmentId,
  listIds,
  profileStateView,
  titleInSegmentView,
  titleListView,
  titlePopularityView,
} from '../views/index.ts';
import { applyToProfile, createMaterialiser, MATERIALISER_CONSUMER } from './materialiser.ts';

const T = SAMPLE_INSTANT;
const titles = titleTable();

async function startedStore(): Promise<KeyValueStore> {
  const store = createMemoryStore();
  await store.start();
  return store;
}

/** Everything in the store, byte for byte. */
async function contents(store: KeyValueStore): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const keys of store.scan('')) {
    const values = await store.getMany(keys);
    for (const [i, key] of keys.entries()) all[key] = Buffer.from(values[i]!).toString('hex');
  }
  return all;
}

/** Profile states decoded: a map's order is no part of a state. */
async function states(store: KeyValueStore) {
  const blobs = await store.getMany(PROFILES.map((id) => profileStateView.key(id)));
  return blobs.map((blob) => profileStateView.decode(blob) ?? emptyProfileState());
}

async function rows(store: KeyValueStore): Promise<Record<string, string>> {
  const all = await contents(store);
  return Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith('profile_state')));
}

const log = (
  ...events: (readonly [
    type: Parameters<typeof eventOf>[0],
    payload: object,
    profileId: string,
    at?: number,
  ])[]
): DeliveredEvent[] =>
  events.map(([type, payload, profileId, at = T], i) => ({
    sequence: i + 1,
    event: eventOf(type, payload as never, { profileId, occurredAt: at }) as DeliveredEvent['event'],
  }));

async function popularityOf(store: KeyValueStore, titleId: string, segment?: string) {
  const view = segment === undefined ? titlePopularityView : titleInSegmentView;
  const [blob] = await store.getMany([
    view.key(segment === undefined ? titleId : inSegmentId(titleId, segment)),
  ]);
  const row = new Float32Array(view.fields.length);
  view.decodeInto(blob, row, 0);
  return readPopularity(row, 0, T);
}

describe('createMaterialiser', () => {
  it('makes the same values however the log is cut, restarted and redelivered', async () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(arbitraryLog(), cuts, fc.boolean(), async (events, places, restart) => {
        const atOnce = await startedStore();
        await createMaterialiser({ store: atOnce, titles }).apply(events);
        const cut = await startedStore();
        let materialiser = createMaterialiser({ store: cut, titles, keepProfiles: 1, keepRows: 2 });
        for (const batch of split(events, places)) {
          await materialiser.apply(batch);
          if (restart) materialiser = createMaterialiser({ store: cut, titles });
          await materialiser.apply(batch);
        }
        await materialiser.apply(events);
        expect(await states(cut)).toEqual(await states(atOnce));
        expect(await rows(cut)).toEqual(await rows(atOnce));
        await atOnce.stop();
        await cut.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('folds profiles exactly as the pure function does', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryLog(), async (events) => {
        const store = await startedStore();
        await createMaterialiser({ store, titles }).apply(events);
        const expected = PROFILES.map((id) =>
          events
            .filter(({ event }) => event.profileId === id)
            .reduce((state, event) => applyToProfile(state, event, titles), emptyProfileState()),
        );
        expect(await states(store)).toEqual(expected);
        await store.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps an erased profile erased and counts what came too late, also after a restart', async () => {
    const store = await startedStore();
    let tooLate = 0;
    const make = () =>
      createMaterialiser({
        store,
        titles,
        onTooLate: (events) => {
          tooLate += events;
        },
      });
    const stop = (seconds: number) => ({ titleId: 'title-1', watchedSeconds: seconds });
    const events = log(
      ['PLAY_STOP', stop(3_000), 'ada', T - HOUR_MS],
      ['PROFILE_ERASED', {}, 'ada', T],
      // A spool that was filled while the log was away, an imported history, and somebody else's good event.
      ['REACTION_SET', { titleId: 'title-1', reaction: 'LIKE' }, 'ada', T - 1],
      ['PLAY_STOP', stop(3_000), 'ada', T - DAY_MS],
      ['TITLE_HIDDEN', { titleId: 'title-1' }, 'ben', T - 1],
      ['LIST_SAVED', { titleId: 'title-2' }, 'ada', T + 1],
    );
    await make().apply(events.slice(0, 2));
    const likes = async () => (await popularityOf(store, 'title-1')).likes30d;
    const before = await rows(store);
    const restarted = make();
    await restarted.apply(events.slice(2, 5));
    await restarted.apply(events.slice(2, 5));
    expect(await rows(store)).toEqual(before);
    expect(await likes()).toBe(0);
    expect(tooLate).toBe(2);
    await make().apply(events);
    const [ada, ben] = (await store.getMany(['ada', 'ben'].map((id) => profileStateView.key(id)))).map(
      (blob) => profileStateView.decode(blob)!,
    );
    expect(ada).toMatchObject({ history: [], reactions: {}, myList: [{ titleId: 'title-2' }], erasedAt: T });
    expect(ben!.hiddenTitleIds).toEqual(['title-1']);
    expect(tooLate).toBe(2);
  });

  it('writes the checkpoint with the values', async () => {
    const store = await startedStore();
    const materialiser = createMaterialiser({ store, titles });
    await materialiser.apply(
      log(['IMPRESSION', { titleId: 'title-1' }, 'ada'], ['IMPRESSION', { titleId: 'title-2' }, 'ben']),
    );
    expect(await store.checkpoint(MATERIALISER_CONSUMER)).toBe(2);
  });

  it('counts a watch once per playback, in the profile’s segment and for everybody', async () => {
    const store = await startedStore();
    const report = (seconds: number): object => ({ titleId: 'title-1', watchedSeconds: seconds });
    await createMaterialiser({ store, titles }).apply(
      log(
        ['PROFILE_REGISTERED', { name: 'Ada', segment: 'family' }, 'ada', T - HOUR_MS],
        ['PLAY_PROGRESS', report(300), 'ada'],
        ['PLAY_PROGRESS', report(600), 'ada'],
        ['PLAY_STOP', report(6_500), 'ada'],
        ['PLAY_STOP', report(200), 'ben'],
        ['REACTION_SET', { titleId: 'title-1', reaction: 'LIKE' }, 'ada'],
        ['PLAY_STOP', { titleId: 'unknown-title', watchedSeconds: 900 }, 'ada'],
      ),
    );
    expect(await popularityOf(store, 'title-1')).toMatchObject({
      watchesTotal: 2,
      completions30d: expect.closeTo(1, 3),
      abandonments30d: expect.closeTo(1, 3),
      likes30d: expect.closeTo(1, 3),
    });
    expect(await popularityOf(store, 'title-1', 'family')).toMatchObject({
      watchesTotal: 1,
      abandonments30d: 0,
    });
    expect(Object.keys(await contents(store)).some((key) => key.includes('unknown-title'))).toBe(false);
  });

  it('starts again from the store after a write that failed', async () => {
    const store = await startedStore();
    const events = log(
      ['PLAY_STOP', { titleId: 'title-1', watchedSeconds: 900 }, 'ada'],
      ['PLAY_STOP', { titleId: 'title-1', watchedSeconds: 900 }, 'ben'],
    );
    const materialiser = createMaterialiser({ store, titles });
    await materialiser.apply(events.slice(0, 1));
    await store.stop();
    await expect(materialiser.apply(events.slice(1))).rejects.toThrow();
    await store.start();
    // The store has lost everything, as after a crash before its first snapshot; the log is delivered again.
    await materialiser.apply(events);
    expect(await popularityOf(store, 'title-1')).toMatchObject({ watchesTotal: 2 });
  });

  it('asks the store for what it does not know already, and notices all the same when somebody else has written', async () => {
    const store = await startedStore();
    let asked = 0;
    const counted: KeyValueStore = Object.assign(Object.create(store) as KeyValueStore, {
      checkpoint: (consumer: string, partition?: number) => {
        asked++;
        return store.checkpoint(consumer, partition);
      },
      getMany: (keys: readonly string[]) => {
        asked++;
        return store.getMany(keys);
      },
      putMany: (...args: Parameters<KeyValueStore['putMany']>) => store.putMany(...args),
    });
    const watch = (profileId: string) =>
      ['PLAY_STOP', { titleId: 'title-1', watchedSeconds: 900 }, profileId] as const;
    const events = log(watch('ada'), watch('ada'), watch('ben'), watch('ada'));
    const materialiser = createMaterialiser({ store: counted, titles });
    await materialiser.apply(events.slice(0, 1));
    asked = 0;
    await materialiser.apply(events.slice(1, 2));
    expect(asked).toBe(0);
    await createMaterialiser({ store, titles }).apply(events.slice(0, 3));
    await materialiser.apply(events.slice(1, 4));
    expect(asked).toBeGreaterThan(0);
    expect(await popularityOf(store, 'title-1')).toMatchObject({ watchesTotal: 2 });
    expect(await store.checkpoint(MATERIALISER_CONSUMER)).toBe(4);
  });

  it('leaves a state of an unknown format alone', async () => {
    const store = await startedStore();
    const foreign = profileStateView.encode(emptyProfileState());
    foreign[0] = 99;
    await store.putMany([{ key: profileStateView.key('ada'), value: foreign }]);
    const materialiser = createMaterialiser({ store, titles });
    const events = log(['IMPRESSION', { titleId: 'title-1' }, 'ada']);
    await expect(materialiser.apply(events)).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    expect(await store.getMany([profileStateView.key('ada')])).toEqual([foreign]);
  });

  it('shows an observer the state and the popularity from just before each event', async () => {
    const store = await startedStore();
    const seen: (readonly [number, number, number])[] = [];
    const materialiser = createMaterialiser({
      store,
      titles,
      observe: (before, { sequence }, popularity) => {
        const row = popularity('title-1');
        const total = row === undefined ? 0 : readPopularity(row, 0, T).watchesTotal;
        seen.push([sequence, before.history.length, total]);
      },
    });
    await materialiser.apply(
      log(
        ['PLAY_STOP', { titleId: 'title-1', watchedSeconds: 900 }, 'ada'],
        ['PLAY_STOP', { titleId: 'title-2', watchedSeconds: 900 }, 'ada'],
        ['PLAY_STOP', { titleId: 'title-1', watchedSeconds: 900 }, 'ben'],
      ),
    );
    expect(seen).toEqual([
      [1, 0, 0],
      [2, 1, 1],
      [3, 0, 1],
    ]);
  });
});

describe('refreshLists', () => {
  const list = async (store: KeyValueStore, id: string) => {
    const [blob] = await store.getMany([titleListView.key(id)]);
    return titleListView.decode(blob);
  };
  const watches = (titleId: string, count: number, at: number, prefix = 'p') =>
    Array.from(
      { length: count },
      (_, i) => ['PLAY_STOP', { titleId, watchedSeconds: 900 }, `${prefix}${i}`, at] as const,
    );

  it('ranks by watches of the last weeks, and by recent watches against a title’s own average', async () => {
    const store = await startedStore();
    const materialiser = createMaterialiser({ store, titles });
    await materialiser.apply(
      log(
        ['PROFILE_REGISTERED', { name: 'n', segment: 'family' }, 'f0', T - 50 * DAY_MS],
        // title-1 was watched a lot, evenly; title-2 less, all of it yesterday.
        ...Array.from({ length: 40 }, (_, day) =>
          watches('title-1', 2, T - (40 - day) * DAY_MS, `d${day}-`),
        ).flat(),
        ...watches('title-2', 20, T - DAY_MS, 'y'),
        ...watches('title-3', 1, T - DAY_MS, 'f'),
      ),
    );
    await materialiser.refreshLists(T);
    const popular = (await list(store, listIds.popular('all')))!;
    expect(popular.generatedAt).toBe(T);
    expect(popular.entries.slice(0, 2).map((e) => e.titleId)).toEqual(['title-1', 'title-2']);
    expect((await list(store, listIds.trending('all')))!.entries[0]!.titleId).toBe('title-2');
    expect((await list(store, listIds.popular('family')))!.entries.map((e) => e.titleId)).toEqual([
      'title-3',
    ]);
  });

  it('puts well rated titles behind the watched ones, and alone in an empty house', async () => {
    const rated = createTitleTable([
      sampleTitle({ id: 'good', averageScore: 9, scoreCount: 900 }),
      sampleTitle({ id: 'poor', averageScore: 3, scoreCount: 900 }),
      sampleTitle({ id: 'unrated' }),
    ]);
    const store = await startedStore();
    const materialiser = createMaterialiser({ store, titles: rated });
    await materialiser.refreshLists(T);
    const ids = async () => (await list(store, listIds.popular('all')))!.entries.map((e) => e.titleId);
    expect(await ids()).toEqual(['good', 'unrated', 'poor']);
    await materialiser.apply(log(['PLAY_STOP', { titleId: 'poor', watchedSeconds: 900 }, 'ada']));
    await materialiser.refreshLists(T + 400 * DAY_MS);
    expect(await ids()).toEqual(['poor', 'good', 'unrated']);
    rated.remove(['poor']);
    await materialiser.refreshLists(T);
    expect(await ids()).toEqual(['good', 'unrated']);
  });
});
