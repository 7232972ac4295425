/** CSV with a header line (RFC 4180, UTF-8). Empty cells are absent fields. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import { importFailure } from '../import-failure.ts';
import type { OnProgress } from '../progress.ts';
import { type RawRow, ROW_BATCH, type RowFile } from './raw-row.ts';

interface ParsedRecord {
  readonly info: { readonly lines: number; readonly bytes: number };
  readonly record: readonly string[];
  readonly raw: string;
}

/** A longer record means a quote that is never closed. */
const MAX_RECORD = 1024 * 1024;

/** @throws MarqueeError BAD_USER_INPUT when a required column is missing or a quote is never closed. */
export async function* csvRows(file: RowFile, onProgress?: OnProgress): AsyncGenerator<readonly RawRow[]> {
  const { size } = await stat(file.path);
  let broken: RawRow[] = [];
  const parser = createReadStream(file.path).pipe(
    parse({
      bom: true,
      info: true,
      raw: true,
      skip_empty_lines: true,
      relax_column_count: true,
      skip_records_with_error: true,
      max_record_size: MAX_RECORD,
      on_skip: (error: CsvError | undefined, raw: string | undefined) => {
        broken.push({
          line: Number(error?.lines ?? 0),
          raw: (raw ?? '').trimEnd(),
          problem: error?.message ?? 'not a valid CSV record',
        });
        return undefined;
      },
    }),
  );
  let header: readonly string[] | undefined;
  let rows: RawRow[] = [];
  try {
    for await (const { info, record, raw } of parser as AsyncIterable<ParsedRecord>) {
      if (header === undefined) {
        header = checkedHeader(record, file);
        continue;
      }
      rows.push(...broken, toRow(header, record, info.lines, raw));
      broken = [];
      if (rows.length >= ROW_BATCH) {
        yield rows;
        rows = [];
        onProgress?.({ phase: file.phase, done: Math.min(info.bytes, size), total: size, unit: 'bytes' });
      }
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    throw importFailure('file', `${file.path} is not valid CSV: ${error.message}`, error);
  }
  if (header === undefined) checkedHeader([], file);
  rows.push(...broken);
  if (rows.length > 0) yield rows;
  onProgress?.({ phase: file.phase, done: size, total: size, unit: 'bytes' });
}

function checkedHeader(record: readonly string[], { path, requiredColumns }: RowFile): readonly string[] {
  const header = record.map((name) => name.trim());
  const missing = requiredColumns.filter((name) => !header.includes(name));
  if (missing.length === 0) return header;
  const found = header.length === 0 ? '(no header)' : header.join(', ');
  throw importFailure('file', `${path} lacks the columns ${missing.join(', ')}; its header is: ${found}`);
}

function toRow(header: readonly string[], record: readonly string[], line: number, raw: string): RawRow {
  const row = { line, raw: raw.trimEnd() };
  if (record.length !== header.length) {
    return { ...row, problem: `${header.length} fields expected, ${record.length} found` };
  }
  const fields: Record<string, string> = {};
  for (const [i, name] of header.entries()) if (record[i] !== '') fields[name] = record[i]!;
  return { ...row, fields };
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');
}
