import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { ParquetDatabase } from './parquet-database.ts';

test('what does not fit into memory goes to the temporary files, not to the current directory, and is gone at the end', async () => {
  const database = await ParquetDatabase.open({ memoryMegabytes: 32 });
  try {
    const [setting] = await database.query("SELECT current_setting('temp_directory') AS folder");
    const folder = String(setting?.folder);
    await database.query(
      'CREATE TABLE many AS SELECT i, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b, md5((i + 2)::VARCHAR) AS c FROM range(1000000) t(i)',
    );
    expect(await database.query('SELECT count(*)::INTEGER AS n FROM many')).toEqual([{ n: 1_000_000 }]);
    expect(existsSync(folder)).toBe(true);
    expect(existsSync('.tmp')).toBe(false);
    await database.close();
    expect(existsSync(folder)).toBe(false);
  } finally {
    await database.close().catch(() => undefined);
  }
}, 60_000);

test('answers are numbers where a double holds them and text beyond, also inside of lists and structs, asked at once or in pieces', async () => {
  const database = await ParquetDatabase.open({ memoryMegabytes: 32 });
  onTestFinished(() => database.close());
  const sql = `
    SELECT count(*) AS count, sum(i) AS sum, avg(i) AS mean, max(i)::UBIGINT AS most,
      9007199254740991 AS safe, 9007199254740993 AS beyond, -9007199254740993 AS below, 170141183460469231731687303715884105727 AS huge,
      1.50 AS decimal, -0.05::DECIMAL(18, 2) AS negative, 123456789012345.678 AS long_decimal,
      'NaN'::DOUBLE AS nan, '-Infinity'::FLOAT AS infinite, NULL AS nothing, true AS yes,
      TIMESTAMP '2026-03-01 10:00:00.5' AS at, DATE '2026-03-01' AS day,
      [1::BIGINT, NULL, 9007199254740993] AS list, {n: 3::BIGINT, text: 'a|b', more: [{d: 0.1}]} AS struct, MAP {'a': 1::BIGINT} AS map
    FROM range(3) t(i)`;
  const expected = {
    ...{ count: 3, sum: 3, mean: 1, most: 2 },
    safe: 9_007_199_254_740_991,
    ...{ beyond: '9007199254740993', below: '-9007199254740993' },
    huge: '170141183460469231731687303715884105727',
    ...{ decimal: 1.5, negative: -0.05, long_decimal: '123456789012345.678' },
    ...{ nan: 'NaN', infinite: '-Infinity', nothing: null, yes: true },
    ...{ at: '2026-03-01 10:00:00.5', day: '2026-03-01' },
    list: [1, null, '9007199254740993'],
    struct: { n: 3, text: 'a|b', more: [{ d: 0.1 }] },
    map: [{ key: 'a', value: 1 }],
  };
  expect(await database.query(sql)).toEqual([expected]);
  for await (const rows of database.stream(sql)) expect(rows).toEqual([expected]);
});
