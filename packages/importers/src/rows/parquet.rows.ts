/** Parquet, a row group at a time, so that memory is bounded by the largest row group. */
import { open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { importFailure } from '../import-failure.ts';
import type { OnProgress } from '../progress.ts';
import { type RawRow, ROW_BATCH, type RowFile } from './raw-row.ts';

/** @throws MarqueeError BAD_USER_INPUT when it is no Parquet file, lacks a required column or is damaged. */
export async function* parquetRows(
  file: RowFile,
  onProgress?: OnProgress,
): AsyncGenerator<readonly RawRow[]> {
  const handle = await open(file.path);
  try {
    const { size } = await handle.stat();
    const buffer: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(Math.max(0, end - start));
        await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const metadata = await reading(file, () => parquetMetadataAsync(buffer));
    checkColumns(metadata, file);
    const total = Number(metadata.num_rows);
    let done = 0;
    for (const group of metadata.row_groups) {
      const rowStart = done;
      const rowEnd = rowStart + Number(group.num_rows);
      const objects = await reading(file, () =>
        parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd }),
      );
      for (let i = 0; i < objects.length; i += ROW_BATCH) {
        yield objects.slice(i, i + ROW_BATCH).map((object, j) => toRow(object, rowStart + i + j + 1));
      }
      done = rowEnd;
      onProgress?.({ phase: file.phase, done, total, unit: 'rows' });
    }
  } finally {
    await handle.close();
  }
}

async function reading<T>({ path }: RowFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw importFailure('file', `${path} is not a readable Parquet file: ${detail}`, cause);
  }
}

function checkColumns(metadata: FileMetaData, { path, requiredColumns }: RowFile): void {
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const missing = requiredColumns.filter((name) => !columns.includes(name));
  if (missing.length === 0) return;
  throw importFailure(
    'file',
    `${path} lacks the columns ${missing.join(', ')}; it has: ${columns.join(', ')}`,
  );
}

function toRow(object: Record<string, unknown>, line: number): RawRow {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const plain = plainValue(value);
    if (plain !== undefined && plain !== '') fields[name] = plain;
  }
  return { line, raw: JSON.stringify(fields), fields };
}

/** 64-bit integers and timestamps as numbers, as JSON would have them; null is absent. */
function plainValue(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
  }
  return value;
}
