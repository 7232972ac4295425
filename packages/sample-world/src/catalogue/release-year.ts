/**
 * The year of release, from dates that went through two careless conversions:
 *
 * - Two-digit years below 28 years ahead were put into this century ("29 Feb 2046"). The data set was made in
 *   2010 and knows two announced films of 2011, so every later date is a hundred years too late. The critics'
 *   scores agree: the affected films are The Birth of a Nation, Gone with the Wind, Casablanca's contemporaries.
 * - A film known by its year alone was stored as 1 January in another time zone and came out as 31 December of
 *   the year before (Casablanca: "Dec 31 1941"). Such dates before 1996 get their year back; later ones are
 *   real openings on New Year's Eve, as is the one with a rolled-over century.
 * - 31 December 1969 is the Unix epoch seen from America: the date is missing, and so is our year.
 */
const LAST_KNOWN_YEAR = 2011;
const FIRST_EXACT_YEAR = 1996;
const EPOCH = 'Dec 31 1969';

export interface ReleaseYear {
  readonly year?: number;
  /** What had to be done, for the report. */
  readonly repair?: 'century' | 'year-only' | 'missing';
}

export function releaseYear(date: string): ReleaseYear {
  if (date === EPOCH) return { repair: 'missing' };
  const year = Number(/\d{4}$/.exec(date)?.[0]);
  if (!Number.isInteger(year)) return { repair: 'missing' };
  if (year > LAST_KNOWN_YEAR) return { year: year - 100, repair: 'century' };
  if (date.startsWith('Dec 31') && year < FIRST_EXACT_YEAR) return { year: year + 1, repair: 'year-only' };
  return { year };
}
