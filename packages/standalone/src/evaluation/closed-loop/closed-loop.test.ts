import { silentLogger } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { runClosedLoop } from './closed-loop.ts';
import { ColdStart } from './cold-start.ts';
import { createLoopWorld } from './loop-world.ts';

const START = Date.UTC(2026, 2, 2);
const options = { profiles: 24, days: 3, seed: 7, start: START };
const quiet = {
  progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
  logger: silentLogger,
};

describe('the world of a closed loop', () => {
  const world = createLoopWorld(options);

  it('has no past of new viewers, and nothing of titles that are yet to come', () => {
    expect(world.newProfileIds.size).toBe(4);
    expect(world.newTitleIds.size).toBeGreaterThan(50);
    expect(world.catalogue.titles.some(({ id }) => world.newTitleIds.has(id))).toBe(false);
    let events = 0;
    for (const batch of world.history()) {
      for (const event of batch) {
        events++;
        expect(event.occurredAt).toBeLessThan(START);
        if (world.newProfileIds.has(event.profileId)) expect(event.type).toBe('PROFILE_REGISTERED');
        if ('titleId' in event.payload) expect(world.newTitleIds.has(event.payload.titleId)).toBe(false);
      }
    }
    expect(events).toBeGreaterThan(1_000);
  });

  it('has the same sessions for the same seed, in order of time, each on its day', () => {
    expect(createLoopWorld(options).sessions).toEqual(world.sessions);
    for (const [day, sessions] of world.sessions.entries()) {
      let last = START + day * 86_400_000;
      for (const { at } of sessions) {
        expect(at).toBeGreaterThanOrEqual(last);
        expect(at).toBeLessThan(START + (day + 1) * 86_400_000);
        last = at;
      }
    }
  });
});

describe('a closed loop', () => {
  it('gives the same figures again, the oracle ahead of popularity and nobody ahead of the oracle', async () => {
    const run = () => runClosedLoop({ ...options, ...quiet, pages: ['popularity', 'oracle'] });
    const once = await run();
    expect(await run()).toEqual(once);
    const [popularity, oracle] = once.results;
    expect(oracle!.change.lower).toBeGreaterThan(0);
    expect(oracle!.sessions).toBe(popularity!.sessions);
    expect(oracle!.coverage).toBeGreaterThan(popularity!.coverage);
    expect(oracle!.gini).toBeLessThan(popularity!.gini);
    for (const { mean, count } of oracle!.newProfiles) if (count > 0) expect(mean).toBeCloseTo(1, 6);
    for (const { mean, count } of popularity!.newProfiles) if (count > 0) expect(mean).toBeLessThan(1);
  });
});

describe('cold-start curves', () => {
  it('count a page by the watches before it, and a showing by the showings before it', () => {
    const cold = new ColdStart();
    cold.addPage('p', 0.2);
    cold.addWatches('p', 2);
    cold.addPage('p', 0.4);
    cold.addWatches('p', 20);
    cold.addPage('p', 0.8);
    expect(cold.newProfiles.map(({ from, count, mean }) => [from, count, mean])).toEqual([
      [0, 1, 0.2],
      [1, 1, 0.4],
      [3, 0, 0],
      [5, 0, 0],
      [10, 1, 0.8],
    ]);
    cold.addShowing('t', 1);
    cold.addShowing('t', 3);
    cold.addShowing('t', 5);
    expect(cold.newTitles.slice(0, 2).map(({ count, mean }) => [count, mean])).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(cold.newTitlesShown).toBe(1);
  });
});
