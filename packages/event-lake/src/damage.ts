/**
 * Whether a file of the lake holds what its commit says. Of damaged files DuckDB notices those that it cannot decode; most single bits that
 * change in compressed pages give other values instead, and no error.
 */
import { join } from 'node:path';
import type { LakeFile } from './commits/commit.ts';
import type { ParquetDatabase } from './parquet/parquet-database.ts';
import type { LakeStorage } from './storage.ts';

export interface DamageCheck {
  /** Of the lake. */
  readonly root: string;
  readonly storage: Pick<LakeStorage, 'checksum'>;
  readonly database: Pick<ParquetDatabase, 'readThrough'>;
}

/** @returns what is wrong with it, undefined when nothing is */
export async function damageOf(
  file: LakeFile,
  { root, storage, database }: DamageCheck,
): Promise<string | undefined> {
  const path = join(root, file.path);
  try {
    const found = await storage.checksum(path);
    if (found === undefined) return 'it is gone';
    if (file.sha256 !== undefined) {
      return found === file.sha256 ? undefined : 'it is damaged: other bytes than were written';
    }
    const rows = await database.readThrough(path);
    return rows === file.rows ? undefined : `${rows} rows instead of ${file.rows}`;
  } catch (error) {
    return String((error as Error).message);
  }
}
