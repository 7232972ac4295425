import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { DAY_MS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { RANKING_COLUMNS } from '@marquee/features';
import { isMarqueeError } from '@marquee/service-kit';
import { eventOf } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildOptions, buildTrainingSetFromLake } from './build-training-set.ts';
import { learnFromPast } from './features/past-signals.ts';
import { createRowMaker } from './features/row-maker.ts';
import { readTrainingSet } from './store/read-training-set.ts';
import { createLakeWorld, type LakeWorld, NOW } from './test/lake-world.ts';

let world: LakeWorld;
let reader: LakeReader;
let builds = 0;

beforeAll(async () => {
  world = await createLakeWorld();
  await world.serve();
  world.clock.set(NOW + 3 * DAY_MS);
  // Closes the attribution window of everything before.
  await world.publish([
    eventOf(
      'TITLE_HIDDEN',
      { titleId: world.titles.newest()[0]! },
      { profileId: 'late', occurredAt: NOW + 3 * DAY_MS },
    ),
  ]);
  reader = await world.open();
}, 120_000);
afterAll(async () => {
  await reader?.close();
  await world?.stop();
});

const build = (overrides: Partial<BuildOptions> = {}, settings: Partial<BuildOptions['settings']> = {}) =>
  buildTrainingSetFromLake({
    ...world,
    reader,
    folder: join(world.folder, `sets-${++builds}`),
    codeVersion: 'test',
    settings: { seed: 3, from: NOW - 4 * DAY_MS, ...settings },
    ...overrides,
  });

async function ask(folder: string, sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`CREATE VIEW examples AS SELECT * FROM '${join(folder, 'examples.parquet')}'`);
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('a training set', () => {
  let made: Awaited<ReturnType<typeof build>>;
  beforeAll(async () => {
    made = await build();
  }, 120_000);

  it('holds logged features where there are some and replayed ones elsewhere, and says how many of what', async () => {
    const { manifest, folder } = made;
    expect(manifest.counts.featureOrigin.logged).toBeGreaterThan(50);
    expect(manifest.counts.featureOrigin.replay).toBeGreaterThan(50);
    expect(manifest.counts.label.qualified).toBeGreaterThan(10);
    expect(manifest.leakCheck.compared).toBeGreaterThan(50);
    const [rows] = await ask(
      folder,
      'SELECT count(*)::INTEGER AS n, count(DISTINCT example_id)::INTEGER AS ids FROM examples',
    );
    expect(rows).toEqual({ n: manifest.rows, ids: manifest.rows });
    const [slates] = await ask(
      folder,
      `SELECT DISTINCT surface, row_kind, propensity, model_version, sources, assignments FROM examples WHERE feature_origin = 'logged'`,
    );
    expect(slates).toEqual({
      surface: 'home',
      row_kind: 'TOP_PICKS',
      propensity: 0.5,
      model_version: 'v1',
      sources: ['trending'],
      assignments: '{"ranker":"b"}',
    });
  });

  it('draws four titles that were not begun for every qualified watch, at the instant of its features', async () => {
    const groups = await ask(
      made.folder,
      `SELECT count(*)::INTEGER AS n, count(DISTINCT title_id)::INTEGER AS titles, count(DISTINCT features_at)::INTEGER AS instants,
         count(*) FILTER (qualified)::INTEGER AS positives, count(DISTINCT split)::INTEGER AS splits
       FROM examples GROUP BY group_id HAVING bool_or(qualified)`,
    );
    for (const group of groups)
      expect(group).toEqual({ n: 5, titles: 5, instants: 1, positives: 1, splits: 1 });
  });

  it('is the same for a seed, and another for another', async () => {
    const again = await build({ leakCuts: 0 });
    const other = await build({ leakCuts: 0 }, { seed: 4 });
    expect(again.manifest.checksum).toBe(made.manifest.checksum);
    expect(other.manifest.checksum).not.toBe(made.manifest.checksum);
  }, 60_000);

  it('is split by time, and no page is divided', async () => {
    const [bounds] = await ask(
      made.folder,
      `SELECT max(decided_at) FILTER (split = 'train') <= min(decided_at) FILTER (split = 'test') AS apart,
         count(*) FILTER (split = 'validation') > 0 AS validated FROM examples WHERE kind <> 'random-negative'`,
    );
    expect(bounds).toEqual({ apart: true, validated: true });
    expect(
      await ask(
        made.folder,
        'SELECT slate_id FROM examples WHERE slate_id IS NOT NULL GROUP BY slate_id HAVING count(DISTINCT split) > 1',
      ),
    ).toEqual([]);
  });

  it('is read back as a matrix with labels, and refused when its file is another or has one class', async () => {
    const train = await readTrainingSet(made.folder, { split: 'train' });
    expect(train.rows).toBe(made.manifest.counts.split.train);
    expect(train.matrix).toHaveLength(train.rows * RANKING_COLUMNS.length);
    expect(train.labels.reduce((sum, label) => sum + label, 0)).toBeGreaterThan(5);
    await expect(
      readTrainingSet(made.folder, { split: 'train', kinds: ['random-negative'] }),
    ).rejects.toThrow(/one class/);
    const broken = await build({ leakCuts: 0 });
    await writeFile(join(broken.folder, 'examples.parquet'), 'no parquet');
    await expect(readTrainingSet(broken.folder, { split: 'train' })).rejects.toSatisfy((error) =>
      isMarqueeError(error, 'DATA_CORRUPT'),
    );
  }, 60_000);
});

describe('the check for the future', () => {
  it('finds neighbours that were learned from the whole log', async () => {
    const leaking = build({
      learnFromPast: (past) => learnFromPast({ ...past, before: past.until ?? Number.MAX_SAFE_INTEGER }),
    });
    await expect(leaking).rejects.toThrow(/know what came after their decision.*columns: .*co_watch/s);
  }, 60_000);

  it('finds a popularity that counts what came after the impression', async () => {
    const plays = (await reader.query(
      "SELECT title_id, sequence::INTEGER AS sequence FROM events WHERE type = 'PLAY_STOP' AND watched_seconds > 120",
    )) as { title_id: string; sequence: number }[];
    const leaking = build({
      makeRows(signals, until = Number.POSITIVE_INFINITY) {
        const counts = new Map<string, number>();
        // Three sequences of the log are one place.
        for (const { title_id, sequence } of plays)
          if (sequence / 3 < until) counts.set(title_id, (counts.get(title_id) ?? 0) + 1);
        const make = createRowMaker({ ...world, signals });
        return (state, context) => {
          const makeRow = make(state, context);
          return (id, popularity) => {
            const row = makeRow(id, popularity);
            if (row !== undefined)
              row[RANKING_COLUMNS.indexOf('popularity_total')] = Math.log1p(counts.get(id) ?? 0);
            return row;
          };
        };
      },
    });
    await expect(leaking).rejects.toThrow(/columns: popularity_total/);
  }, 60_000);
});

describe('what cannot be learned from', () => {
  it('an empty window, one class and a damaged lake are said', async () => {
    await expect(build({}, { from: NOW + 30 * DAY_MS })).rejects.toThrow(/no title was shown or played from/);
    const small = await createLakeWorld({ profiles: 2, days: 1 });
    try {
      const { lakeFolder } = small;
      await small.publish([
        eventOf(
          'IMPRESSION',
          { titleId: small.titles.newest()[0]! },
          { profileId: 'p', occurredAt: NOW + DAY_MS },
        ),
        eventOf(
          'IMPRESSION',
          { titleId: small.titles.newest()[0]! },
          { profileId: 'p', occurredAt: NOW + 3 * DAY_MS },
        ),
      ]);
      const own = await small.open();
      const parts = { ...small, reader: own, settings: { seed: 1, from: NOW + 1 } };
      await expect(build(parts)).rejects.toThrow(/one class/);
      await writeFile(join(lakeFolder, own.files[0]!.path), 'no parquet');
      await expect(build(parts)).rejects.toSatisfy(
        (error) => isMarqueeError(error, 'DATA_CORRUPT') && String(error).includes(own.files[0]!.path),
      );
      await own.close();
    } finally {
      await small.stop();
    }
  }, 60_000);
});
