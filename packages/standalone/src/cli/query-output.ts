/** Rows of an answer as text, for `npm run lake -- query`. */
import { markdownTable } from '../evaluation/markdown-table.ts';

export const QUERY_FORMATS = ['table', 'json', 'jsonl'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** @returns whole lines; none at all for no rows as `jsonl` */
export function queryOutput(rows: readonly Record<string, unknown>[], format: QueryFormat): string {
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`;
  if (format === 'jsonl') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (rows.length === 0) return '(no rows)\n';
  const names = Object.keys(rows[0]!);
  const cells = rows.map((row) => names.map((name) => cell(row[name])));
  return `${markdownTable(names.map(onOneLine), cells)}\n`;
}

function cell(value: unknown): string {
  return onOneLine(typeof value === 'string' ? value : JSON.stringify(value ?? null));
}

/** What would end a cell or a line of the table is shown by its escape: who searches for something can type anything. */
function onOneLine(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\p{Cc}/gu, (one) => JSON.stringify(one).slice(1, -1));
}
