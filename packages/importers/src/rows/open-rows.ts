/** Rows of a file in the format its extension names. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { importFailure } from '../import-failure.ts';
import type { OnProgress } from '../progress.ts';
import { csvRows } from './csv.rows.ts';
import { jsonLinesRows } from './json-lines.rows.ts';
import { parquetRows } from './parquet.rows.ts';
import type { RawRow, RowFile } from './raw-row.ts';

type RowReader = (file: RowFile, onProgress?: OnProgress) => AsyncGenerator<readonly RawRow[]>;

const READERS: Readonly<Record<string, RowReader>> = {
  '.jsonl': jsonLinesRows,
  '.ndjson': jsonLinesRows,
  '.csv': csvRows,
  '.parquet': parquetRows,
};

/** @throws MarqueeError BAD_USER_INPUT when the file is absent, empty or of an unknown format. */
export async function openRows(
  file: RowFile,
  onProgress: OnProgress | undefined,
): Promise<AsyncGenerator<readonly RawRow[]>> {
  const extension = extname(file.path).toLowerCase();
  const reader = READERS[extension];
  if (reader === undefined) {
    const known = Object.keys(READERS).join(', ');
    throw importFailure('file', `${file.path} has an unknown format "${extension}"; known are ${known}`);
  }
  const found = await stat(file.path).catch((cause: unknown) => {
    throw importFailure('file', `cannot read ${file.path}`, cause);
  });
  if (!found.isFile()) throw importFailure('file', `${file.path} is not a file`);
  if (found.size === 0) throw importFailure('file', `${file.path} is empty`);
  return reader(file, onProgress);
}
