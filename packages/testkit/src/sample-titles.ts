/** Titles for tests: complete, available since their first day, all different. */
import type { Title } from '@marquee/domain';
import { SAMPLE_INSTANT } from './sample-events.ts';

const GENRES = ['drama', 'comedy', 'thriller', 'documentary', 'animation'];
const YEAR_MS = 365 * 86_400_000;

/** `sampleTitle({ id: 'title-7', genreIds: ['drama'] })`: a PG-13 film of 2010, 110 minutes, by one director. */
export function sampleTitle(fields: Partial<Title> = {}): Title {
  const id = fields.id ?? 'title-1';
  const addedAt = fields.addedAt ?? SAMPLE_INSTANT - YEAR_MS;
  return {
    id,
    name: `Film ${id}`,
    kind: 'MOVIE',
    synopsis: `What happens in ${id}.`,
    releaseYear: 2010,
    addedAt,
    runtimeMinutes: 110,
    maturityRating: 'PG_13',
    genreIds: ['drama'],
    directorIds: ['person-1'],
    castIds: [],
    availability: [{ from: addedAt }],
    ...fields,
  };
}

/** `title-1` … `title-<count>`, with genres, directors and years taken in turn; `change` overrides fields by index. */
export function sampleTitles(count: number, change: (index: number) => Partial<Title> = () => ({})): Title[] {
  return Array.from({ length: count }, (_, index) =>
    sampleTitle({
      id: `title-${index + 1}`,
      genreIds: [GENRES[index % GENRES.length]!],
      directorIds: [`person-${(index % 7) + 1}`],
      releaseYear: 1980 + (index % 45),
      ...change(index),
    }),
  );
}
