import { RANKING_COLUMNS } from '@marquee/features';
import { eventOf } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRowMaker, type RowMaker } from '../features/row-maker.ts';
import { createLakeWorld, type LakeWorld } from '../test/lake-world.ts';
import { checkParity, type ParityOptions } from './check-parity.ts';

let world: LakeWorld;
let rowMaker: RowMaker;
beforeAll(async () => {
  world = await createLakeWorld();
  rowMaker = createRowMaker(world);
  await world.serve();
  await world.serve();
}, 120_000);
afterAll(() => world?.stop());

async function parity(overrides: Partial<ParityOptions> = {}) {
  const reader = await world.open();
  try {
    return await checkParity({ ...world, reader, rowMaker, rows: 1_000, seed: 1, ...overrides });
  } finally {
    await reader.close();
  }
}

describe('parity', () => {
  it('every row that was logged is made again by a replay, to the bit', async () => {
    const report = await parity();
    expect(report.skew).toEqual([]);
    expect(report.compared).toBeGreaterThan(500);
    expect(report.equal).toBe(report.compared);
  }, 60_000);

  it('names a column that is computed differently online, and no other', async () => {
    const reader = await world.open();
    const [end] = await reader.query('SELECT max(epoch_ms(received_at))::DOUBLE AS at FROM events');
    await reader.close();
    const column = RANKING_COLUMNS.indexOf('genre_affinity_mean');
    await world.serve((state, context) => {
      const makeRow = rowMaker(state, context);
      return (id, popularity) => {
        const row = makeRow(id, popularity);
        // As if somebody had rounded it on the way.
        if (row !== undefined) row[column] = Math.round(row[column]! * 100) / 100;
        return row;
      };
    });
    const report = await parity({ from: Number(end!.at) + 1 });
    expect(report.skew.map(({ name }) => name)).toEqual(['genre_affinity_mean']);
    expect(report.skewed).toBeGreaterThan(50);
    expect(report.skew[0]!.example.logged).not.toBe(report.skew[0]!.example.replayed);
  }, 60_000);

  it('a page that was served while the views lagged behind is explained by its age, and is skew where that is too much', async () => {
    const [profileId] = world.profileIds;
    const now = world.clock.now() + 60_000;
    world.clock.set(now);
    await world.serve(rowMaker, {
      profileIds: [profileId!],
      meanwhile: (servedAt, titleIds) =>
        titleIds.map((titleId) =>
          eventOf(
            'PLAY_STOP',
            { titleId, watchedSeconds: 4_000 },
            { profileId: profileId!, occurredAt: servedAt + 5 },
          ),
        ),
    });
    const explained = await parity({ from: now });
    expect(explained).toMatchObject({ skewed: 0, equal: 0 });
    expect(explained.lagged).toBe(explained.compared);
    expect((await parity({ from: now, lagMs: -1_000 })).skewed).toBeGreaterThan(0);
  }, 60_000);
});
