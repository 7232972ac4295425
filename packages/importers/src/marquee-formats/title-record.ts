/** Marquee's catalogue format: one title per row. Documented for people in this package's README. */
import {
  type AvailabilityWindow,
  type Genre,
  MATURITY_RATINGS,
  MAX_ARTWORK_VARIANTS,
  type Person,
  TITLE_KINDS,
  type Title,
} from '@marquee/domain';
import { z } from 'zod';
import { genreIdOf, personIdOf } from '../ids.ts';
import { instantCell, jsonCell, listCell, numberCell } from './cells.ts';

const id = z.string().trim().min(1).max(128);
const name = z.string().trim().min(1).max(200);
const region = z.string().regex(/^[A-Z]{2}$/, 'expected an ISO 3166-1 alpha-2 code in capitals');
/** A name, whose id follows from it, or both. */
const named = z.union([name, z.object({ id, name })]);

const windowSchema = z.object({
  from: instantCell,
  to: instantCell.optional(),
  regions: z.array(region).min(1).optional(),
});

export const titleRecordSchema = z.object({
  id,
  name: z.string().trim().min(1).max(500),
  kind: z.enum(TITLE_KINDS).default('MOVIE'),
  synopsis: z.string().max(10_000).optional(),
  releaseYear: numberCell.pipe(z.int().min(1870).max(2200)).optional(),
  addedAt: instantCell.optional(),
  runtimeMinutes: numberCell.pipe(z.int().min(1).max(2_880)).optional(),
  maturityRating: z.enum(MATURITY_RATINGS).default('NOT_RATED'),
  genres: listCell(named).pipe(z.array(named).min(1).max(20)),
  directors: listCell(named).pipe(z.array(named).max(50)).default([]),
  cast: listCell(named).pipe(z.array(named).max(200)).default([]),
  studio: name.optional(),
  averageScore: numberCell.pipe(z.number().min(0).max(10)).optional(),
  scoreCount: numberCell.pipe(z.int().nonnegative()).optional(),
  /** Pictures there are of it; 1 is the same as none given. */
  artworkVariants: numberCell.pipe(z.int().min(1).max(MAX_ARTWORK_VARIANTS)).optional(),
  /** One window, for tables. */
  availableFrom: instantCell.optional(),
  availableTo: instantCell.optional(),
  regions: listCell(region).optional(),
  /** Any number of windows; wins over the three above. In text cells: JSON. */
  availability: jsonCell(z.array(windowSchema).max(100)).optional(),
});
export type TitleRecord = z.infer<typeof titleRecordSchema>;
export const TITLE_COLUMNS = ['id', 'name', 'genres'] as const;

export interface ReadTitle {
  readonly title: Title;
  readonly genres: readonly Genre[];
  readonly people: readonly Person[];
}

/** @param now stands in for an absent `addedAt`. */
export function titleOf(record: TitleRecord, now: number): ReadTitle {
  const addedAt = record.addedAt ?? now;
  const genres = record.genres.map((entry) => identified(entry, genreIdOf));
  const directors = record.directors.map((entry) => identified(entry, personIdOf));
  const cast = record.cast.map((entry) => identified(entry, personIdOf));
  const {
    synopsis,
    releaseYear,
    runtimeMinutes,
    studio,
    averageScore,
    scoreCount,
    artworkVariants = 1,
  } = record;
  return {
    title: {
      id: record.id,
      name: record.name,
      kind: record.kind,
      ...(synopsis === undefined ? {} : { synopsis }),
      ...(releaseYear === undefined ? {} : { releaseYear }),
      addedAt,
      ...(runtimeMinutes === undefined ? {} : { runtimeMinutes }),
      maturityRating: record.maturityRating,
      genreIds: distinctIds(genres),
      directorIds: distinctIds(directors),
      castIds: distinctIds(cast),
      ...(studio === undefined ? {} : { studio }),
      ...(averageScore === undefined ? {} : { averageScore }),
      ...(scoreCount === undefined ? {} : { scoreCount }),
      ...(artworkVariants === 1 ? {} : { artworkVariants }),
      availability: windowsOf(record, addedAt),
    },
    genres,
    people: [...directors, ...cast],
  };
}

function windowsOf(record: TitleRecord, addedAt: number): readonly AvailabilityWindow[] {
  const windows = record.availability ?? [
    { from: record.availableFrom ?? addedAt, to: record.availableTo, regions: record.regions },
  ];
  return windows.map(({ from, to, regions }) => ({
    from,
    ...(to === undefined ? {} : { to }),
    ...(regions === undefined || regions.length === 0 ? {} : { regions }),
  }));
}

function identified<T extends Genre | Person>(
  entry: string | { id: string; name: string },
  idOf: (name: string) => string,
): T {
  return (typeof entry === 'string' ? { id: idOf(entry), name: entry } : entry) as T;
}

function distinctIds(entries: readonly { readonly id: string }[]): readonly string[] {
  return [...new Set(entries.map((entry) => entry.id))];
}
