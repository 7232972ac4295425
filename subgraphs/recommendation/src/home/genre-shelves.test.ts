import { MINUTE_MS, manualClock } from '@marquee/domain';
import { createTitleTable, type TitleTable } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, waitUntil } from '@marquee/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GenreShelves } from './genre-shelves.ts';

const GENRES = ['drama', 'comedy', 'western'];
const some = (count: number, from = 0) =>
  sampleTitles(count, (i) => ({
    id: `t${from + i}`,
    genreIds: [GENRES[i % 3]!],
    averageScore: ((from + i) * 7) % 10,
    scoreCount: 1_000,
  }));

/** Counts what is looked up: what a page would wait for. */
function counted(titles: TitleTable) {
  let lookedUp = 0;
  const table = new Proxy(titles, {
    get(target, key) {
      if (key === 'get') lookedUp++;
      return Reflect.get(target, key, target);
    },
  });
  return { table, lookedUp: () => lookedUp };
}

function shelvesOf(titles: TitleTable) {
  const clock = manualClock(Date.UTC(2026, 2, 14));
  const { table, lookedUp } = counted(titles);
  const popular = [{ titleId: 't3', score: 1 }];
  const shelves = new GenreShelves({ titles: table, clock, logger: silentLogger, popular: () => popular });
  return { shelves, clock, lookedUp };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('genre shelves', () => {
  test('are best first, popularity and rating together, ties by id', () => {
    const titles = createTitleTable(some(60));
    const { shelves } = shelvesOf(titles);
    const shelf = shelves.shelf('drama');
    expect([...shelf].sort()).toEqual([...titles.titlesOfGenre('drama')].sort());
    expect(shelf[0]).toBe('t3');
    const scores = shelf.slice(1).map((id) => titles.get(id)!.averageScore!);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test('are all made at the start: no page looks a title up for one', async () => {
    const { shelves, lookedUp } = shelvesOf(createTitleTable(some(60)));
    await shelves.start();
    const before = lookedUp();
    for (const genreId of shelves.genresBySize()) expect(shelves.shelf(genreId)).toHaveLength(20);
    expect(lookedUp()).toBe(before);
    await shelves.stop();
  });

  test('are made again in the background before they are old, and pages take the old ones meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { shelves, clock, lookedUp } = shelvesOf(createTitleTable(some(60)));
    await shelves.start();
    const first = shelves.shelf('western');
    clock.advance(6 * MINUTE_MS);
    const before = lookedUp();
    expect(shelves.shelf('western')).toBe(first);
    expect(lookedUp()).toBe(before);
    vi.advanceTimersByTime(MINUTE_MS);
    await waitUntil(() => shelves.shelf('western') !== first, { what: 'a new shelf' });
    expect(shelves.shelf('western')).toEqual(first);
    await shelves.stop();
  });

  test('of a catalogue that has grown a lot are made by whoever asks, and so are those that nobody made for long', async () => {
    const titles = createTitleTable(some(60));
    const { shelves, clock } = shelvesOf(titles);
    await shelves.start();
    const first = shelves.shelf('comedy');
    titles.put(some(60, 60));
    expect(shelves.shelf('comedy')).toHaveLength(40);
    expect(first).toHaveLength(20);
    const second = shelves.shelf('comedy');
    clock.advance(11 * MINUTE_MS);
    expect(shelves.shelf('comedy')).not.toBe(second);
    await shelves.stop();
  });
});
