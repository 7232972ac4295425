import { createRandom, DAY_MS } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { MAX_NEIGHBOURS_KEPT, titleNeighboursView } from '@marquee/features';
import { eventOf, SAMPLE_INSTANT } from '@marquee/testkit';
import { describe, expect, it } from 'vitest';
import { coWatchFromLog, coWatchNeighbours, storeNeighbours } from './co-watch.ts';
import type { WatchLog } from './watch-log.ts';

const T = SAMPLE_INSTANT;
const options = { now: T };

function logOf(
  profiles: Record<string, readonly string[]>,
  at: (title: string) => number = () => T,
): WatchLog {
  return new Map(
    Object.entries(profiles).map(([id, titles]) => [
      id,
      titles.map((titleId) => ({ titleId, at: at(titleId) })),
    ]),
  );
}

describe('coWatchNeighbours', () => {
  it('is the shrunk cosine, by hand', async () => {
    const neighbours = await coWatchNeighbours(
      logOf({ u: ['a', 'b'], v: ['a', 'b'], w: ['a', 'c'] }),
      options,
    );
    // All weights alike: cos(a, b) = 2 / √(3 · 2), two watched both; shrinkage 5.
    expect(neighbours.get('a')!.neighbours).toEqual([
      { titleId: 'b', score: expect.closeTo(((2 / Math.sqrt(6)) * 2) / 7, 5) },
      { titleId: 'c', score: expect.closeTo(((1 / Math.sqrt(3)) * 1) / 6, 5) },
    ]);
    expect(neighbours.get('b')!.neighbours[0]!.score).toBe(neighbours.get('a')!.neighbours[0]!.score);
  });

  it('lets old watches weigh less, counted from the last watch when the log is old', async () => {
    const old = T - 360 * DAY_MS;
    const log: WatchLog = new Map([
      [
        'then',
        [
          { titleId: 'a', at: old },
          { titleId: 'past', at: old },
        ],
      ],
      [
        'now',
        [
          { titleId: 'a', at: T },
          { titleId: 'present', at: T },
        ],
      ],
      [
        'other',
        [
          { titleId: 'past', at: T },
          { titleId: 'present', at: T },
        ],
      ],
    ]);
    const of = async (now: number) => (await coWatchNeighbours(log, { now })).get('a')!.neighbours;
    expect((await of(T)).map((n) => n.titleId)).toEqual(['present', 'past']);
    expect(await of(T + 3_000 * DAY_MS)).toEqual(await of(T));
  });

  it('reads at most the latest watches of a profile', async () => {
    const neighbours = await coWatchNeighbours(logOf({ u: ['a', 'b', 'c'], v: ['b', 'c'] }), {
      ...options,
      maxHistory: 2,
    });
    expect(neighbours.has('a')).toBe(false);
    expect(neighbours.get('b')!.neighbours.map((n) => n.titleId)).toEqual(['c']);
  });

  it('keeps the best few and never a title itself', async () => {
    const titles = Array.from({ length: 100 }, (_, i) => `t${i}`);
    const neighbours = await coWatchNeighbours(logOf({ u: titles, v: titles }), options);
    for (const [id, { neighbours: list }] of neighbours) {
      expect(list).toHaveLength(MAX_NEIGHBOURS_KEPT);
      expect(list.some((n) => n.titleId === id)).toBe(false);
    }
  });

  it('leaves the event loop free', async () => {
    const random = createRandom(1);
    const profiles = Object.fromEntries(
      Array.from({ length: 600 }, (_, u) => [
        `u${u}`,
        Array.from({ length: 120 }, () => `t${random.integer(3_000)}`),
      ]),
    );
    let turns = 0;
    const interval = setInterval(() => turns++, 1);
    await coWatchNeighbours(logOf(profiles), options);
    clearInterval(interval);
    expect(turns).toBeGreaterThan(3);
  });

  it('is empty for nobody', async () => {
    expect((await coWatchNeighbours(new Map(), options)).size).toBe(0);
  });
});

describe('coWatchFromLog', () => {
  it('reads qualified watches of profiles that were not erased, and stores them as views', async () => {
    const watch = (profileId: string, titleId: string, watchedSeconds = 600) =>
      eventOf('PLAY_STOP', { titleId, watchedSeconds }, { profileId });
    const events = [
      watch('u', 'a'),
      watch('u', 'b'),
      watch('u', 'c', 100),
      watch('gone', 'a'),
      watch('gone', 'z'),
      eventOf('PROFILE_ERASED', {}, { profileId: 'gone' }),
    ];
    const replay = async function* () {
      yield events.map((event, i) => ({ sequence: i + 1, event }));
    };
    const neighbours = await coWatchFromLog({ replay, now: T });
    expect([...neighbours.keys()].sort()).toEqual(['a', 'b']);
    const store = createMemoryStore();
    await store.start();
    await storeNeighbours(store, neighbours);
    const [blob] = await store.getMany([titleNeighboursView.key('a')]);
    expect(titleNeighboursView.decode(blob)).toEqual(neighbours.get('a'));
    await store.stop();
  });
});
