/** What importing a catalogue file and an event file have in common. */
import { setImmediate as nextTick } from 'node:timers/promises';
import type { z } from 'zod';
import { importFailure } from '../import-failure.ts';
import type { OnProgress } from '../progress.ts';
import { createRejects, type Rejects } from '../rejects.ts';
import { openRows } from '../rows/open-rows.ts';
import type { RowFile } from '../rows/raw-row.ts';
import { problemsOf } from './cells.ts';

export interface FileImportOptions {
  /** `.jsonl`, `.ndjson`, `.csv` or `.parquet`. */
  readonly file: string;
  /** JSON Lines file for the rows that cannot be used. Default: they are counted only. */
  readonly rejectsFile?: string;
  /** Epoch milliseconds; the system's clock where absent. */
  readonly now?: number;
  readonly onProgress?: OnProgress;
}

export interface FileImport<T> {
  /**
   * To be read once, to its end; memory holds one batch (Parquet: one row group).
   * @throws MarqueeError BAD_USER_INPUT at the end of a file of which no row can be used, or when it breaks off.
   */
  readonly batches: AsyncIterable<T>;
  /** Rows used and rejected so far; final when the last batch has been read. */
  accepted(): number;
  rejected(): number;
}

/**
 * Opens a file and validates its rows batch by batch. Good rows are kept, bad ones go to the rejects file.
 * @throws MarqueeError BAD_USER_INPUT at once when there is nothing to read; while reading, when the file breaks off.
 */
export async function importFile<R, T>(
  options: FileImportOptions,
  rows: Pick<RowFile, 'phase' | 'requiredColumns'>,
  schema: z.ZodType<R>,
  toBatch: (records: readonly R[]) => T,
): Promise<FileImport<T>> {
  const { file, rejectsFile, onProgress } = options;
  const source = await openRows({ path: file, ...rows }, onProgress);
  // The first batch is read now, so that a missing column is known before anything is imported.
  const first = await source.next();
  const rejects = await createRejects(rejectsFile);
  let accepted = 0;
  const usable = (batch: Awaited<ReturnType<typeof source.next>>['value']): R[] => {
    const records = batch === undefined ? [] : [...validRows(batch, file, schema, rejects)];
    accepted += records.length;
    return records;
  };
  async function* batches(): AsyncGenerator<T> {
    try {
      for (let next = first; next.done !== true; next = await source.next()) {
        const records = usable(next.value);
        await rejects.flush();
        if (records.length > 0) yield toBatch(records);
        await nextTick();
      }
      if (accepted === 0) throw nothingUsable(file, rejects.count, rejectsFile);
    } finally {
      await source.return(undefined);
    }
  }
  return { batches: batches(), accepted: () => accepted, rejected: () => rejects.count };
}

function nothingUsable(file: string, rejected: number, rejectsFile: string | undefined) {
  if (rejected === 0) return importFailure('file', `${file} holds no rows`);
  const reasons = rejectsFile === undefined ? '' : `; the reasons are in ${rejectsFile}`;
  return importFailure('file', `none of the ${rejected} rows of ${file} can be used${reasons}`);
}

function* validRows<R>(
  batch: readonly {
    line: number;
    raw: string;
    fields?: Readonly<Record<string, unknown>>;
    problem?: string;
  }[],
  file: string,
  schema: z.ZodType<R>,
  rejects: Rejects,
): Generator<R> {
  for (const { line, raw, fields, problem } of batch) {
    const parsed = fields === undefined ? undefined : schema.safeParse(fields);
    if (parsed?.success) yield parsed.data;
    else
      rejects.add({
        file,
        line,
        text: raw,
        reason: parsed === undefined ? (problem ?? 'broken row') : problemsOf(parsed.error),
      });
  }
}
