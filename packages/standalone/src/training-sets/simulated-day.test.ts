/** Train equals serve, over a whole day of a served world: every row that the ranker saw, made again by a replay. */
import { openLake } from '@marquee/event-lake';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { checkParity, createRowMaker } from '@marquee/training-sets';
import { afterAll, expect, it } from 'vitest';
import { LAKE_FOLDER } from '../deps.ts';
import { openWorldForTraining } from './open-world-for-training.ts';
import { serveDay } from './simulated-day.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('not one feature of a day that was served around the clock differs from its replay', async () => {
  const progress = { phase() {}, update() {}, end() {} };
  const { folder: world, day } = await serveDay({
    ...{ root: folder.path, profiles: 40, visits: 24, seed: 3 },
    ...{ progress, logger: silentLogger, signal: new AbortController().signal },
  });
  expect(day.to - day.from).toBeGreaterThan(22 * 3_600_000);
  const source = await openWorldForTraining(world, silentLogger);
  const reader = await openLake({ folder: `${world}/${LAKE_FOLDER}`, memoryMegabytes: 256 });
  try {
    const report = await checkParity({
      ...{ ...source, reader, rows: 1_000_000, seed: 1, from: day.from },
      rowMaker: createRowMaker({ ...source, signals: await source.servedWith() }),
    });
    expect(report.skew).toEqual([]);
    expect(report.skewed + report.rounded).toBe(0);
    // Every page has some hundred rows; those of pages from a fallback are not the ranker's.
    expect(report.compared).toBeGreaterThan(50 * (day.visits - day.degraded));
  } finally {
    await reader.close();
  }
}, 240_000);
