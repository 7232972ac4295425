import { sampleTitles } from '@marquee/testkit';
import { describe, expect, it } from 'vitest';
import { sampleSource } from '../world/sample-source.ts';
import { arrivalsOf } from './arrivals.ts';
import { DayTally, TRIED_IMPRESSIONS } from './day-measures.ts';

const titles = sampleTitles(40);

describe('titles that come in while a loop runs', () => {
  it('are others each day, the same for the same seed, and not those that stand first', () => {
    const drawn = arrivalsOf(titles, { perDay: 4, days: 3, seed: 1 });
    expect(drawn.map((day) => day.length)).toEqual([4, 4, 4]);
    const ids = drawn.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(12);
    expect(arrivalsOf(titles, { perDay: 4, days: 3, seed: 1 })).toEqual(drawn);
    expect(arrivalsOf(titles, { perDay: 4, days: 3, seed: 2 })).not.toEqual(drawn);
    expect(ids).not.toEqual(titles.slice(0, 12).map(({ id }) => id));
  });

  it('are at most half of what there is', () => {
    expect(() => arrivalsOf(titles, { perDay: 7, days: 3, seed: 1 })).toThrow(/more than half of the 40/);
  });

  it('are in no catalogue and no history before they come', async () => {
    const source = (without?: ReadonlySet<string>) =>
      sampleSource({ profiles: 12, historyDays: 20, ...(without && { without }) }).load({
        ...{ now: Date.UTC(2026, 0, 10), rejectsFile: '' },
      });
    const watched = async (from: Awaited<ReturnType<typeof source>>) => {
      const seen = new Set<string>();
      for await (const batch of from.events) {
        for (const { payload } of batch) if ('titleId' in payload) seen.add(payload.titleId);
      }
      return seen;
    };
    const all = await source();
    const known = await watched(all);
    const without = new Set([...known].slice(0, 5));
    const less = await source(without);
    expect(less.catalogue.titles.length).toBe(all.catalogue.titles.length - 5);
    expect([...(await watched(less))].filter((id) => without.has(id))).toEqual([]);
  });
});

describe('what a day says of them', () => {
  const audience = { expectedWatchSeconds: () => 60, regret: () => 0 };
  const page = (titleId: string) => ({
    ...{ profileId: 'p', at: 0, watchedSeconds: 0, played: 0 },
    items: [{ titleId, row: 0, position: 0 }] as never,
  });

  it('counts from day to day how many were seen, and how many often enough to tell something of them', () => {
    const arrivals = new Map([
      ['new-a', 0],
      ['new-b', TRIED_IMPRESSIONS - 1],
      ['new-c', 0],
      ['new-d', 0],
    ]);
    const tally = new DayTally(audience, arrivals);
    for (const id of ['new-a', 'new-b', 'old']) tally.add(page(id), new Set());
    expect(tally.measures(10).arrived).toEqual({ titles: 4, seen: 0.5, tried: 0.25 });
    expect(arrivals.get('new-a')).toBe(1);
    expect(new DayTally(audience).measures(10).arrived).toBeNull();
  });

  it('asks what the best page would have been of what there is', () => {
    const asked: ReadonlySet<string>[] = [];
    const regret = (_p: string, _c: unknown, _t: unknown, options?: { exclude?: ReadonlySet<string> }) => {
      asked.push(options!.exclude!);
      return 0;
    };
    new DayTally({ ...audience, regret }, new Map(), new Set(['later'])).add(
      page('old'),
      new Set(['watched']),
    );
    expect(asked).toEqual([new Set(['watched', 'later'])]);
  });
});
