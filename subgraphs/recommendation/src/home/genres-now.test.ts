import { DAY_MS, DEFAULT_SEGMENT, HOUR_MS } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { emptyProfileState, genresWatchedView, prepareProfile, type SubjectWatches } from '@marquee/features';
import { expect, onTestFinished, test } from 'vitest';
import { runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, WORLD_NOW } from '../test/test-world.ts';
import { genresForPage } from './genres-for-page.ts';
import { genresNow } from './genres-now.ts';
import { TitleLists } from './title-lists.ts';

/** Watched so many times a day for weeks, and so many times more in the last minutes. */
const watched = (id: string, perDay: number, justNow = 0): SubjectWatches => ({
  id,
  watches5m: (perDay * 5) / 1_440 / Math.LN2 + justNow,
  watches1h: perDay / 24 / Math.LN2 + justNow,
  watches1d: perDay / Math.LN2 + justNow,
  watches7d: (perDay * 7) / Math.LN2 + justNow,
  watches30d: (perDay * 30) / Math.LN2 + justNow,
  watchesTotal: perDay * 100 + justNow,
});
const of = (...entries: SubjectWatches[]) => ({ asOf: 0, entries });

test('what is being watched right now comes before what is watched more as a rule', () => {
  const usual = of(watched('drama', 300), watched('comedy', 200), watched('western', 20));
  expect(genresNow(usual, undefined)).toEqual(['drama', 'comedy', 'western']);
  const now = of(watched('drama', 300), watched('comedy', 200), watched('western', 20, 80));
  expect(genresNow(now, undefined)).toEqual(['western', 'drama', 'comedy']);
});

test('a segment’s own taste decides where it has watched enough to tell, everybody’s where it has not', () => {
  const everybody = of(watched('drama', 300), watched('comedy', 200), watched('family', 20));
  expect(genresNow(everybody, of(watched('family', 30), watched('comedy', 5)))).toEqual([
    'family',
    'comedy',
    'drama',
  ]);
  const once = { ...watched('family', 0), watches30d: 0.5, watches7d: 0.1, watchesTotal: 1 };
  expect(genresNow(everybody, of(once))).toEqual(['drama', 'comedy', 'family']);
  expect(genresNow(everybody, of())).toEqual(['drama', 'comedy', 'family']);
  expect(genresNow(undefined, undefined)).toEqual([]);
});

test('a page is about what its viewer likes, then what they chose, then what is watched now, then the largest', () => {
  const shelves = { genresBySize: () => ['huge', 'drama', 'western', 'liked'] };
  const lists = {
    ...{ popular: [], popularInSegment: [], trending: [], trendingInSegment: [] },
    genresNow: ['western', 'liked'],
  };
  const state = { ...emptyProfileState(), onboardingGenreIds: ['chosen'] };
  const prepared = prepareProfile(state, { now: 0 }, new Map());
  const query = { filter: undefined, prepared, state, lists };
  const liking = { ...query, prepared: { ...prepared, genreAffinity: new Map([['liked', 1]]) } };
  expect(genresForPage(shelves, query)).toEqual(['chosen', 'western', 'liked', 'huge', 'drama']);
  expect(genresForPage(shelves, liking)).toEqual(['liked', 'chosen', 'western', 'huge', 'drama']);
  expect(genresForPage(shelves, { ...query, filter: { genreIds: ['a', 'a'] } })).toEqual(['a']);
  expect(genresForPage(shelves, { ...query, lists: { ...lists, genresNow: [] } })[1]).toBe('huge');
});

test('the order is read with the lists, and what was known stays known while the store has nothing', async () => {
  let now = 0;
  const clock = { now: () => now };
  const store = createMemoryStore({ clock });
  await store.start();
  onTestFinished(() => store.stop());
  const lists = new TitleLists(store, clock);
  const readLater = async (segment: string) => {
    now += 20_000;
    return (await lists.read(segment)).genresNow;
  };
  expect(await readLater('family')).toEqual([]);
  const [all, family] = [genresWatchedView.key(DEFAULT_SEGMENT), genresWatchedView.key('family')];
  await store.putMany([
    { key: all, value: genresWatchedView.encode(of(watched('drama', 300), watched('family', 20))) },
    { key: family, value: genresWatchedView.encode(of(watched('family', 30))) },
  ]);
  expect(await readLater(DEFAULT_SEGMENT)).toEqual(['drama', 'family']);
  expect(await readLater('family')).toEqual(['family', 'drama']);
  await store.deleteMany([all, family]);
  expect(await readLater('family')).toEqual(['family', 'drama']);
  expect(lists.lastKnown('unheard-of').genresNow).toEqual([]);
});

test('somebody of whom nothing is known is shown first the genre that everybody has just begun to watch', async () => {
  const watches = (titleIds: readonly string[], people: number, at: number) =>
    titleIds.flatMap((titleId, t) =>
      Array.from({ length: people }, (_, i) =>
        eventOf('PLAY_STOP', `${titleId}-${i}`, { titleId, watchedSeconds: 7_200 }, at + t),
      ),
    );
  const westerns = ['t_the-wild-bunch-1969', 't_pale-rider-1985', 't_silverado-1985', 't_open-range-2003'];
  const usual = watches(['t_pulp-fiction-1994'], 24, WORLD_NOW - 6 * DAY_MS);
  const genresShown = async (events: ReturnType<typeof watches>) => {
    const world = await createTestWorld({ events });
    onTestFinished(() => world.stop());
    const running = await runSubgraph(world.deps());
    onTestFinished(() => running.stop());
    const home = await running.home('newcomer');
    return home.rows.nodes.flatMap(({ kind, headline }) => (kind === 'GENRE' ? [headline] : []));
  };
  const [drama, western] = ['Popular in drama', 'Popular in western'];
  const before = await genresShown([...usual, ...watches(westerns, 5, WORLD_NOW - 6 * DAY_MS - HOUR_MS)]);
  expect(before[0]).toBe(drama);
  expect(before.indexOf(western!)).toBeGreaterThan(0);
  // As many watches of the same titles, a minute ago. Westerns are historical as well.
  const after = await genresShown([...usual, ...watches(westerns, 5, WORLD_NOW - 60_000)]);
  expect(after.slice(0, 3)).toEqual(['Popular in historical', western, drama]);
});
