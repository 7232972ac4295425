/** Whether a profile is in a training set that was made before. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { EXAMPLES_FILE } from './manifest.ts';

const MEMORY_MEGABYTES = 128;

/** @returns examples of the profile that were decided before then. @throws when the file cannot be read */
export async function rowsOfProfile(folder: string, profileId: string, before: number): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${MEMORY_MEGABYTES}MB`,
    threads: '1',
  });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER FROM read_parquet($file) WHERE profile_id = $profile AND epoch_ms(decided_at) < $before`,
      { file: join(folder, EXAMPLES_FILE), profile: profileId, before: BigInt(Math.round(before)) },
    );
    return Number(result.getRows()[0]?.[0] ?? 0);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
