/** Reads a training set for training: a part of it, as the matrix and the labels that trainers take. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { RANKING_COLUMNS } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import type { ExampleKind, Split } from '../example.ts';
import { FEATURE_PREFIX } from './example-columns.ts';
import {
  EXAMPLES_FILE,
  MANIFEST_FILE,
  type TrainingSetManifest,
  trainingSetManifestSchema,
} from './manifest.ts';
import { checksumOf } from './write-training-set.ts';

export interface ReadOptions {
  readonly split: Split;
  /** What is 1 and 0, or a number: `qualified` by default. */
  readonly label?: 'qualified' | 'played' | 'abandoned' | 'hidden' | 'watch_seconds';
  /** Default: all. */
  readonly kinds?: readonly ExampleKind[];
}

export interface ReadExamples {
  readonly manifest: TrainingSetManifest;
  /** Row-major, `rows × RANKING_COLUMNS.length`; in order of decision, groups together. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly labels: Float32Array;
  /** Row → number of its group. */
  readonly groups: Uint32Array;
}

/** @throws MarqueeError NOT_FOUND, or DATA_CORRUPT saying what is wrong with the folder */
export async function readManifest(folder: string): Promise<TrainingSetManifest> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST_FILE), 'utf8');
  } catch (cause) {
    throw new MarqueeError('NOT_FOUND', { message: `${folder} holds no training set`, cause });
  }
  try {
    return trainingSetManifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new MarqueeError('DATA_CORRUPT', { message: `${folder}/${MANIFEST_FILE} cannot be read`, cause });
  }
}

/**
 * @throws MarqueeError NOT_FOUND, DATA_CORRUPT for a file that is not the manifest's, BAD_USER_INPUT for a part that is
 *   empty, of one class, or made for other columns than this code's
 */
export async function readTrainingSet(folder: string, options: ReadOptions): Promise<ReadExamples> {
  const { split, label = 'qualified', kinds } = options;
  const manifest = await readManifest(folder);
  const known = new Set(manifest.columns.map(({ name }) => name));
  const missing = RANKING_COLUMNS.filter((name) => !known.has(FEATURE_PREFIX + name));
  if (missing.length > 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `${folder} lacks the columns ${missing.join(', ')}; build a new set`,
    );
  }
  const file = join(folder, EXAMPLES_FILE);
  const checksum = await checksumOf(file).catch((cause: unknown) => {
    throw new MarqueeError('DATA_CORRUPT', { message: `${file} cannot be read`, cause });
  });
  if (checksum !== manifest.checksum) {
    throw new MarqueeError('DATA_CORRUPT', `${file} has checksum ${checksum}, not its manifest's`);
  }
  const rows = manifest.rows;
  const columns = RANKING_COLUMNS.length;
  const matrix = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  const groups = new Uint32Array(rows);
  let taken = 0;
  let group = -1;
  let groupId: unknown;
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const features = RANKING_COLUMNS.map((name) => `"${FEATURE_PREFIX}${name}"`).join(', ');
    const ofKinds = kinds === undefined ? '' : `AND kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`;
    const result = await connection.stream(
      `SELECT group_id, ${label}::FLOAT, ${features} FROM read_parquet('${file.replaceAll("'", "''")}', file_row_number = true)
       WHERE split = '${split}' ${ofKinds} ORDER BY file_row_number`,
    );
    for await (const piece of result.yieldRowsJs()) {
      for (const [id, value, ...row] of piece) {
        if (id !== groupId) {
          group++;
          groupId = id;
        }
        matrix.set(row as number[], taken * columns);
        labels[taken] = Number(value);
        groups[taken++] = group;
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  const found = labels.subarray(0, taken);
  if (taken === 0) throw new MarqueeError('BAD_USER_INPUT', `${folder} has no examples for ${split}`);
  if (found.every((value) => value === found[0])) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `all ${taken} examples for ${split} have ${label} ${found[0]}: nothing can be learned from one class`,
    );
  }
  return {
    manifest,
    matrix: matrix.slice(0, taken * columns),
    rows: taken,
    columns,
    labels: found.slice(),
    groups: groups.slice(0, taken),
  };
}
