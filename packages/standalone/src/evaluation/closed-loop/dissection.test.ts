import { describe, expect, it } from 'vitest';
import { Dissection } from './dissection.ts';
import { createLoopWorld } from './loop-world.ts';
import { createWorth, hourOf } from './page-worth.ts';
import { inRows, type LoopPage, PAGE_ROWS, ROW_ITEMS } from './recommender.ts';
import { createOracle, createPopularityRecommender } from './reference.recommenders.ts';

const START = Date.UTC(2026, 2, 2);

describe('the dissection of pages', () => {
  const world = createLoopWorld({ profiles: 18, days: 1, seed: 7, start: START });
  const worth = createWorth(world, START);
  const withMaking = (page: LoopPage, pool: readonly string[]): LoopPage => ({
    ...page,
    made: {
      pool,
      placeOf: (row, position) => ({
        kind: row === 0 ? 'TOP_PICKS' : 'GENRE',
        explored: row > 0 && position === ROW_ITEMS - 1,
        sources: position === 0 ? ['trending', 'collaborative'] : ['trending'],
      }),
    },
  });

  it('leaves nothing on the table where the page is the best there is', async () => {
    const oracle = createOracle(world, hourOf);
    await oracle.beginDay(0, START);
    const dissection = new Dissection(worth);
    for (const { profileId, at } of world.sessions[0]!) {
      const page = await oracle.page(profileId, at);
      dissection.add(withMaking(page, page.rows.flat()), profileId, at);
    }
    const { stages } = dissection.result()!;
    expect(stages.pages).toBe(world.sessions[0]!.length);
    for (const stage of [stages.page, stages.ranking, stages.pool]) {
      expect(stage).toBeCloseTo(stages.catalogue, 6);
    }
  });

  it('says which stage loses what: rows, ranking, retrieval', async () => {
    const popularity = createPopularityRecommender(world);
    await popularity.beginDay(0, START);
    const dissection = new Dissection(worth);
    for (const { profileId, at } of world.sessions[0]!) {
      const { rows } = await popularity.page(profileId, at);
      const pool = rows.flat();
      // The best place of the page goes to what the ranking puts last.
      dissection.add(
        withMaking({ rows: inRows([pool.at(-1)!, ...pool.slice(0, -1)]), without: [] }, pool),
        profileId,
        at,
      );
    }
    const { stages, rows, sources } = dissection.result()!;
    expect(stages.page).toBeLessThan(stages.ranking);
    expect(stages.ranking).toBeLessThan(stages.pool);
    expect(stages.pool).toBeLessThan(stages.catalogue);
    // Some viewers may see less than a page.
    expect(stages.poolSize).toBeGreaterThan(0.9 * PAGE_ROWS * ROW_ITEMS);
    const shareOf = (list: typeof rows, name: string) => list.find((one) => one.name === name)!.share;
    expect(shareOf(rows, 'explored')).toBeCloseTo((PAGE_ROWS - 1) / (PAGE_ROWS * ROW_ITEMS), 1);
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(shareOf(sources, 'trending')).toBeCloseTo(1, 9);
    expect(shareOf(sources, 'collaborative')).toBeCloseTo(1 / ROW_ITEMS, 1);
  });

  it('has nothing to say of pages that nobody accounts for', () => {
    const dissection = new Dissection(worth);
    dissection.add({ rows: [], without: [] }, 'sim-1', START);
    expect(dissection.result()).toBeUndefined();
  });
});
