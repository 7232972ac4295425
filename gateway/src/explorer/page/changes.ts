/** What is different between two homes of the same person: the reason this page exists is to show it. */
import type { Home } from './home.ts';

export interface Changes {
  /** Titles that were nowhere on the page before. */
  readonly newTitles: ReadonlySet<string>;
  /** Rows that were not there before, by headline. */
  readonly newRows: ReadonlySet<string>;
  /** In words, for a person; empty when nothing changed. */
  readonly summary: string;
}

export const NO_CHANGES: Changes = { newTitles: new Set(), newRows: new Set(), summary: '' };

export function changesBetween(before: Home, after: Home): Changes {
  const titlesBefore = titlesOf(before);
  const titlesAfter = titlesOf(after);
  const newTitles = new Set([...titlesAfter].filter((id) => !titlesBefore.has(id)));
  const gone = [...titlesBefore].filter((id) => !titlesAfter.has(id)).length;
  const rowsBefore = before.rows.nodes.map((row) => row.headline);
  const newRows = new Set(
    after.rows.nodes.map((row) => row.headline).filter((row) => !rowsBefore.includes(row)),
  );
  const parts = [
    count(newTitles.size, 'new title'),
    count(gone, 'title') && `${count(gone, 'title')} gone`,
    [...newRows]
      .slice(0, 2)
      .map((headline) => `new row “${headline}”`)
      .join(', '),
    newRows.size === 0 && newTitles.size === 0 && gone === 0 && order(before) !== order(after)
      ? 'another order'
      : '',
  ];
  return { newTitles, newRows, summary: parts.filter((part) => part !== '').join(', ') };
}

function titlesOf(home: Home): Set<string> {
  return new Set(home.rows.nodes.flatMap((row) => row.items.nodes.map((item) => item.title.id)));
}

function order(home: Home): string {
  return home.rows.nodes.map((row) => row.items.nodes.map((item) => item.title.id).join()).join('|');
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`;
}
