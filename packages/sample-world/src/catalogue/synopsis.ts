/** A synopsis of facts only: the data set tells no plots, so neither do we. */
const SOURCES: Readonly<Record<string, string>> = {
  'Original Screenplay': 'from an original screenplay',
  'Based on Book/Short Story': 'based on a book or short story',
  'Based on Real Life Events': 'based on real events',
  'Based on TV': 'based on a television series',
  'Based on Comic/Graphic Novel': 'based on a comic or graphic novel',
  'Based on Play': 'based on a play',
  'Based on Game': 'based on a game',
  'Based on Magazine Article': 'based on a magazine article',
  'Based on Musical/Opera': 'based on a musical or opera',
  'Based on Short Film': 'based on a short film',
  'Based on Factual Book/Article': 'based on a factual book or article',
  'Based on Toy': 'based on a toy',
  'Traditional/Legend/Fairytale': 'based on a traditional tale',
  'Disney Ride': 'based on an amusement park ride',
  'Spin-Off': 'a spin-off',
  Remake: 'a remake',
  Compilation: 'a compilation',
  'Musical Group Movie': 'about a musical group',
};

export interface SynopsisFacts {
  readonly year?: number;
  readonly genres: readonly string[];
  readonly director?: string;
  readonly studio?: string;
  readonly source?: string;
}

/** "A 1972 drama (historical) directed by Francis Ford Coppola, released by Paramount Pictures, based on ..." */
export function synopsis({ year, genres, director, studio, source }: SynopsisFacts): string {
  const kind = kindOfFilm(genres);
  const subject = year === undefined ? kind : `${year} ${kind}`;
  const phrases = [
    director === undefined ? '' : `directed by ${director}`,
    studio === undefined ? '' : `released by ${studio}`,
    source === undefined ? '' : (SOURCES[source] ?? ''),
  ].filter((phrase) => phrase !== '');
  const article = year === undefined && /^[aeiou]/i.test(kind) ? 'An' : 'A';
  const [first, ...rest] = phrases;
  if (first === undefined) return `${article} ${subject}.`;
  const joint = first.startsWith('directed') || first.startsWith('released') ? ' ' : ', ';
  return `${[`${article} ${subject}${joint}${first}`, ...rest].join(', ')}.`;
}

function kindOfFilm(genres: readonly string[]): string {
  const [main, ...others] = genres.filter((genre) => genre !== 'Other').map((genre) => genre.toLowerCase());
  if (main === undefined) return 'film';
  const noun = NOUNS.has(main) ? main : `${main} film`;
  return others.length === 0 ? noun : `${noun} (${others.join(', ')})`;
}

const NOUNS = new Set([
  'drama',
  'comedy',
  'thriller',
  'musical',
  'documentary',
  'western',
  'romantic comedy',
  'black comedy',
]);
