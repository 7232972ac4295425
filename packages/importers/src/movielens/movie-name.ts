/** "Matrix, The (1999)" → The Matrix, 1999. */
const ARTICLES = new Set(
  [
    'the',
    'a',
    'an',
    'le',
    'la',
    'les',
    "l'",
    'un',
    'une',
    'el',
    'los',
    'las',
    'il',
    'lo',
    'i',
    'gli',
    'das',
    'der',
    'die',
  ].concat(['ein', 'eine', 'det', 'den', 'de', 'het', 'o', 'os', 'as']),
);

export interface MovieName {
  readonly name: string;
  readonly year?: number;
}

/** The year is the last four digits in parentheses, if anything is before them; ranges give their first year. */
export function parseMovieName(raw: string): MovieName {
  const text = raw.trim();
  const match = /^(.+?)\s*\((\d{4})(?:[-–]\d{0,4})?\)$/.exec(text);
  const year = match === null ? undefined : Number(match[2]);
  const name = withArticlesFirst(match === null ? text : match[1]!);
  return year === undefined || year < 1870 ? { name } : { name, year };
}

/** Also within alternative names: "City of Lost Children, The (Cité des enfants perdus, La)". */
function withArticlesFirst(name: string): string {
  return name
    .split(/(?=\()/)
    .map((part) => {
      const match = /^(\(?)(?:(a\.k\.a\. ))?(.*), ([^\s,()]+)(\)?\s*)$/.exec(part);
      if (match === null || !ARTICLES.has(match[4]!.toLowerCase())) return part;
      const [, open, alias = '', words, article, close] = match;
      return `${open}${alias}${article}${article!.endsWith("'") ? '' : ' '}${words}${close}`;
    })
    .join('');
}
