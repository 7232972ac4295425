/**
 * Full-text search in the words of PostgreSQL: what a title is found by, as a `tsvector`, and what is looked for, as
 * a `tsquery`. Both are made here, by one reading of what a word is, and not by the server's parsers: those take
 * "AC/DC" for a path and "Amazon.com" for a host, and fold letters as the server's locale tells them.
 *
 * A word is a run of letters, digits, marks and private characters, in lower case, Latin letters without their
 * diacritics; that is how SQLite's `unicode61 remove_diacritics 2` reads text too.
 */

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
const LATIN_WITH_MARKS = /(\p{Script=Latin})\p{Mn}+/gu;

/** PostgreSQL's limits: a position has 14 bits, a document 1 MB. A longer word is found by its beginning. */
const MAX_POSITION = 16_383;
const MAX_DOCUMENT_BYTES = 900_000;
const MAX_WORD_LENGTH = 100;

/** In the order of their weights A to D. Several names are separated by line breaks. */
export interface SearchableTitle {
  readonly name: string;
  readonly people: string | null;
  readonly genres: string | null;
  readonly synopsis: string | null;
}

export function wordsIn(text: string): readonly string[] {
  const folded = text.toLowerCase().normalize('NFD').replace(LATIN_WITH_MARKS, '$1').normalize('NFC');
  return (folded.match(WORD) ?? []).map((word) => word.slice(0, MAX_WORD_LENGTH).toWellFormed());
}

/** The title's words with position and weight; a phrase reaches over no two fields and no two names. */
export function searchDocument({ name, people, genres, synopsis }: SearchableTitle): string {
  const parts: string[] = [];
  let position = 0;
  let bytes = 0;
  const fields = [
    ['A', [name]],
    ['B', people?.split('\n') ?? []],
    ['C', genres?.split('\n') ?? []],
    ['D', synopsis === null ? [] : [synopsis]],
  ] as const;
  for (const [weight, texts] of fields) {
    for (const text of texts) {
      // One position stays empty between two texts.
      position++;
      for (const word of wordsIn(text)) {
        position++;
        bytes += 3 * word.length + 8;
        if (position > MAX_POSITION || bytes > MAX_DOCUMENT_BYTES) return parts.join(' ');
        parts.push(`'${word}':${position}${weight}`);
      }
    }
  }
  return parts.join(' ');
}

/**
 * What must match: every typed word; where one comes apart into several ("spider-man") they must stand side by side.
 * The last one is a prefix, because it may still be being typed. Undefined when nothing can match.
 */
export function matchQuery(typed: readonly string[]): string | undefined {
  const phrases = typed.map((word) => wordsIn(word).map(quoted));
  if (phrases.length === 0 || phrases.some((phrase) => phrase.length === 0)) return undefined;
  return phrases
    .map((phrase) => `(${phrase.join(' <-> ')})`)
    .join(' & ')
    .replace(/'\)$/, "':*)");
}

/** The same words, any of which counts: relevance is the sum of what each contributes, wherever they stand. */
export function rankQuery(typed: readonly string[]): string {
  return typed.flatMap(wordsIn).map(quoted).join(' | ').concat(':*');
}

/** Words hold no quotes: they consist of letters, digits and marks. */
function quoted(word: string): string {
  return `'${word}'`;
}
