/** The small world of the contract suite: genres, people and arbitrary titles. */
import {
  type Genre,
  MATURITY_RATINGS,
  type Person,
  TITLE_KINDS,
  type Title,
  type TitleFilter,
} from '@marquee/domain';
import fc from 'fast-check';

export const NOW = 1_700_000_000_000;

export const GENRES: readonly Genre[] = [
  { id: 'drama', name: 'Drama' },
  { id: 'elan', name: 'Élan' },
  { id: 'comedy', name: 'Comedy' },
  { id: 'action', name: 'Action' },
];

export const PEOPLE: readonly Person[] = [
  { id: 'p0', name: 'Ada Lovelace' },
  { id: 'p1', name: 'Beatrix Potter' },
  { id: 'p2', name: 'Carl Linnaeus' },
];

export function sampleTitle(id: string, change: Partial<Title> = {}): Title {
  return {
    id,
    name: `Title ${id}`,
    kind: 'MOVIE',
    addedAt: 1_000,
    maturityRating: 'PG',
    genreIds: [],
    directorIds: [],
    castIds: [],
    availability: [{ from: 0 }],
    ...change,
  };
}

// Few distinct values, so that filters, searches and windows hit and miss about equally often.
const ids = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const words = fc.constantFrom('Night', 'star', 'Stone', 'river', 'the', 'Knight', 'STAY', 'élan');
const text = fc.array(words, { minLength: 1, maxLength: 4 }).map((all) => all.join(' '));
const instants = fc.integer({ min: NOW - 3, max: NOW + 3 });
const genreIds = fc.subarray(GENRES.map(({ id }) => id));
const personIds = fc.shuffledSubarray(PEOPLE.map(({ id }) => id));
const years = fc.integer({ min: 1999, max: 2004 });
const runtimes = fc.integer({ min: 88, max: 93 });

const window = fc.record(
  { from: instants, to: instants, regions: fc.subarray(['SE', 'DE']) },
  { requiredKeys: ['from'] },
);

const title: fc.Arbitrary<Title> = fc.record(
  {
    id: ids,
    name: text,
    kind: fc.constantFrom(...TITLE_KINDS),
    synopsis: text,
    releaseYear: years,
    addedAt: instants,
    runtimeMinutes: runtimes,
    maturityRating: fc.constantFrom(...MATURITY_RATINGS),
    genreIds,
    directorIds: personIds,
    castIds: personIds,
    studio: text,
    averageScore: fc.double({ min: 0, max: 10, noNaN: true }).map((score) => score + 0),
    scoreCount: fc.nat(5),
    artworkVariants: fc.integer({ min: 2, max: 8 }),
    availability: fc.array(window, { maxLength: 3 }),
  },
  {
    requiredKeys: [
      'id',
      'name',
      'kind',
      'addedAt',
      'maturityRating',
      'genreIds',
      'directorIds',
      'castIds',
      'availability',
    ],
  },
);

export const titles: fc.Arbitrary<Title[]> = fc.uniqueArray(title, {
  selector: ({ id }) => id,
  maxLength: 25,
});

export const titleFilters: fc.Arbitrary<TitleFilter> = fc.record(
  {
    genreIds,
    kinds: fc.subarray([...TITLE_KINDS]),
    releasedFrom: years,
    releasedTo: years,
    maxRuntimeMinutes: runtimes,
    maxMaturity: fc.constantFrom(...MATURITY_RATINGS),
  },
  { requiredKeys: [] },
);
