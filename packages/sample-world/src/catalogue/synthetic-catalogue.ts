/**
 * A made-up catalogue of any size for benchmarks. Titles are generated lazily and one at a time from the seed,
 * so half a million of them need the memory of one batch. Shapes follow what real catalogues look like: a few
 * genres and studios account for most titles (Zipf), people less so, because nobody lives long enough for more than
 * some 1,400 films (Zipf and Mandelbrot), release years pile up towards the present, votes are log-normal, scores
 * centre on 6.5.
 */
import {
  createRandom,
  DAY_MS,
  type Genre,
  hash32,
  MATURITY_RATINGS,
  type Person,
  type Random,
  type Title,
} from '@marquee/domain';
import { addedAt } from './calendar.ts';
import { slug } from './slug.ts';

export interface SyntheticCatalogueOptions {
  readonly count: number;
  readonly seed: number;
  /** Epoch milliseconds; titles are added up to it and released up to its year. */
  readonly now: number;
}

export interface SyntheticCatalogue {
  readonly genres: readonly Genre[];
  /** About one person for every eight titles; the first ones direct and act most often. */
  readonly people: readonly Person[];
  /** Every title once, in id order. Each call starts anew and gives the same titles. */
  batches(batchSize?: number): Generator<readonly Title[]>;
}

const GENRE_SHARES: readonly (readonly [name: string, share: number])[] = [
  ['Drama', 27],
  ['Comedy', 22],
  ['Action', 13],
  ['Thriller', 9],
  ['Adventure', 8],
  ['Horror', 7],
  ['Documentary', 7],
  ['Science Fiction', 6],
  ['Romantic Comedy', 5],
  ['Fantasy', 5],
  ['Kids', 5],
  ['True Story', 4],
  ['Historical', 4],
  ['Musical', 2],
  ['Western', 2],
  ['Superhero', 2],
  ['Black Comedy', 1.5],
  ['Concert', 1],
];
const MATURITY_SHARES: readonly number[] = [0.05, 0.14, 0.3, 0.38, 0.01, 0.12];
const ADJECTIVES =
  'Silent Golden Last Broken Distant Hidden Electric Crimson Endless Second Paper Winter Burning'.split(' ');
const NOUNS =
  'River Garden Promise Station Mirror Kingdom Letter Harbour Shadow Summer Machine Orchard Signal'.split(
    ' ',
  );
const GIVEN =
  'Ada Bela Chen Dara Elif Femi Greta Hugo Ines Jonas Kaya Lars Mina Noor Omar Pia Ravi Sara Tomas Uma'.split(
    ' ',
  );
const FAMILY =
  'Abel Brandt Costa Duarte Eriksen Fontaine Garcia Haas Ito Jansen Khan Lindt Moreau Novak Okoye Petrov'.split(
    ' ',
  );
const STUDIOS = 400;
const PEOPLE_PER_TITLE = 1 / 8;
/**
 * People per rank by which the draw is shifted. With four draws for each title it gives the most credited person
 * 4 / (PEOPLE_PER_TITLE × log(1 + 230) / 230) credits, some 1,350, in a catalogue of any size that has so many titles.
 */
const PEOPLE_SHARING = 230;
const FIRST_YEAR = 1920;

export function syntheticCatalogue({ count, seed, now }: SyntheticCatalogueOptions): SyntheticCatalogue {
  const genres = GENRE_SHARES.map(([name]): Genre => ({ id: `g_${slug(name)}`, name }));
  const peopleCount = Math.max(20, Math.ceil(count * PEOPLE_PER_TITLE));
  const people = Array.from({ length: peopleCount }, (_, i): Person => {
    const draw = hash32(`person ${i}`, seed);
    return {
      id: `p_${i}`,
      name: `${GIVEN[draw % GIVEN.length]} ${FAMILY[(draw >>> 8) % FAMILY.length]} ${i}`,
    };
  });
  const lastYear = new Date(now).getUTCFullYear();
  return {
    genres,
    people,
    *batches(batchSize = 1_000) {
      for (let from = 0; from < count; from += batchSize) {
        const size = Math.min(batchSize, count - from);
        yield Array.from({ length: size }, (_, i) =>
          syntheticTitle(from + i, seed, now, lastYear, genres, peopleCount),
        );
      }
    },
  };
}

function syntheticTitle(
  n: number,
  seed: number,
  now: number,
  lastYear: number,
  genres: readonly Genre[],
  peopleCount: number,
): Title {
  const id = `t_${String(n).padStart(7, '0')}`;
  const random = createRandom(hash32(id, seed));
  const releaseYear = Math.max(FIRST_YEAR, lastYear - Math.floor(-14 * Math.log(1 - random.next())));
  const added = addedAt(id, Math.max(0, 1 - (lastYear - releaseYear) / 60), now);
  const leavesSoon = random.next() < 0.02;
  const person = (): number => zipf(random, peopleCount, Math.max(1, peopleCount / PEOPLE_SHARING));
  return {
    id,
    name: `The ${random.pick(ADJECTIVES)} ${random.pick(NOUNS)} ${n}`,
    kind: random.next() < 0.2 ? 'SERIES' : 'MOVIE',
    releaseYear,
    addedAt: added,
    runtimeMinutes: Math.round(Math.min(220, Math.max(20, random.normal(104, 22)))),
    maturityRating: MATURITY_RATINGS[random.weighted(MATURITY_SHARES)]!,
    genreIds: drawGenres(random).map((g) => genres[g]!.id),
    directorIds: [`p_${person()}`],
    castIds: [...new Set([0, 1, 2].map(() => `p_${person()}`))],
    studio: `Studio ${zipf(random, STUDIOS) + 1}`,
    averageScore: Math.round(10 * Math.min(9.5, Math.max(1, random.normal(6.5, 1.1)))) / 10,
    scoreCount: Math.ceil(Math.exp(random.normal(7, 2))),
    availability: [leavesSoon ? { from: added, to: now + DAY_MS } : { from: added }],
  };
}

function drawGenres(random: Random): readonly number[] {
  const shares = GENRE_SHARES.map(([, share]) => share);
  const first = random.weighted(shares);
  if (random.next() < 0.55) return [first];
  const second = random.weighted(shares);
  return first === second ? [first] : [first, second];
}

/** A rank in [0, size), drawn with probability about proportional to 1 / (rank + shift). */
function zipf(random: Random, size: number, shift = 1): number {
  return Math.min(size - 1, Math.floor(shift * (((size + shift) / shift) ** random.next() - 1)));
}
