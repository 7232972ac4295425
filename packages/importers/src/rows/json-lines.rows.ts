/** JSON Lines: one object per line. */
import type { OnProgress } from '../progress.ts';
import { type RawRow, ROW_BATCH, type RowFile } from './raw-row.ts';
import { type NumberedLine, textLines } from './text-lines.ts';

export async function* jsonLinesRows(
  file: RowFile,
  onProgress?: OnProgress,
): AsyncGenerator<readonly RawRow[]> {
  const text = {
    path: file.path,
    encoding: 'utf8',
    phase: file.phase,
    ...(onProgress && { onProgress }),
  } as const;
  for await (const lines of textLines(text)) {
    for (let i = 0; i < lines.length; i += ROW_BATCH) yield lines.slice(i, i + ROW_BATCH).map(toRow);
  }
}

function toRow({ number, text }: NumberedLine): RawRow {
  const row = { line: number, raw: text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ...row, problem: `not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ...row, problem: 'not a JSON object' };
  }
  return { ...row, fields: value as Record<string, unknown> };
}
