import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
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
