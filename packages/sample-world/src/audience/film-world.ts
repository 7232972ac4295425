/**
 * The titles as the simulator sees them: flat arrays, so that half a million titles and a hundred thousand
 * viewers stay affordable, with the latent traits that no catalogue shows.
 */
import { DEFAULT_RUNTIME_SECONDS, hash32, maturityLevel, type Title } from '@marquee/domain';
import { normalAt } from './mix.ts';

/** Hidden "style" dimensions: what makes people like the same films for reasons no metadata names. */
export const STYLE_DIMENSIONS = 4;
export const MAX_GENRES_PER_TITLE = 3;
/** Correlation of a title's true quality with its public score. */
const QUALITY_CORRELATION = 0.8;

export interface FilmWorld {
  readonly titles: readonly Title[];
  readonly indexById: ReadonlyMap<string, number>;
  /** Genre ids in order of their index. */
  readonly genreIds: readonly string[];
  /** `MAX_GENRES_PER_TITLE` genre indices per title, -1 where there are fewer. */
  readonly genres: Int16Array;
  /** Hash of the first director's id; 0 without one. */
  readonly director: Uint32Array;
  /** 0 where unknown. */
  readonly year: Uint16Array;
  readonly runtimeSeconds: Uint32Array;
  readonly maturity: Uint8Array;
  /** Percentile of the number of votes, in [-1, 1]. */
  readonly popularity: Float32Array;
  /** How often the logging policy shows a title as "popular"; relative. */
  readonly popularityWeight: Float64Array;
  /** Latent, about standard normal. */
  readonly quality: Float32Array;
  /** `STYLE_DIMENSIONS` latent values per title, about standard normal. */
  readonly style: Float32Array;
}

export function createFilmWorld(titles: readonly Title[], seed: number): FilmWorld {
  const size = titles.length;
  const genreIds = [...new Set(titles.flatMap((title) => title.genreIds))].sort();
  const genreIndex = new Map(genreIds.map((id, i) => [id, i]));
  const world = {
    titles,
    indexById: new Map(titles.map((title, i) => [title.id, i])),
    genreIds,
    genres: new Int16Array(size * MAX_GENRES_PER_TITLE).fill(-1),
    director: new Uint32Array(size),
    year: new Uint16Array(size),
    runtimeSeconds: new Uint32Array(size),
    maturity: new Uint8Array(size),
    popularity: popularityPercentiles(titles),
    popularityWeight: new Float64Array(size),
    quality: new Float32Array(size),
    style: new Float32Array(size * STYLE_DIMENSIONS),
  };
  const { mean, deviation } = scoreMoments(titles);
  for (const [i, title] of titles.entries()) {
    const key = hash32(title.id, seed);
    for (const [g, id] of title.genreIds.slice(0, MAX_GENRES_PER_TITLE).entries()) {
      world.genres[i * MAX_GENRES_PER_TITLE + g] = genreIndex.get(id)!;
    }
    const director = title.directorIds[0];
    if (director !== undefined) world.director[i] = hash32(director, seed) || 1;
    world.year[i] = title.releaseYear ?? 0;
    world.runtimeSeconds[i] =
      title.runtimeMinutes === undefined ? DEFAULT_RUNTIME_SECONDS : title.runtimeMinutes * 60;
    world.maturity[i] = maturityLevel(title.maturityRating);
    world.popularityWeight[i] = Math.max(1, title.scoreCount ?? 0) ** 0.6;
    const score = title.averageScore === undefined ? -0.3 : (title.averageScore - mean) / deviation;
    world.quality[i] =
      QUALITY_CORRELATION * score + Math.sqrt(1 - QUALITY_CORRELATION ** 2) * normalAt(key, 101, 0);
    for (let d = 0; d < STYLE_DIMENSIONS; d++) world.style[i * STYLE_DIMENSIONS + d] = normalAt(key, 102, d);
  }
  return world;
}

function popularityPercentiles(titles: readonly Title[]): Float32Array {
  const order = Uint32Array.from(titles.keys()).sort(
    (a, b) => (titles[a]!.scoreCount ?? 0) - (titles[b]!.scoreCount ?? 0) || a - b,
  );
  const percentiles = new Float32Array(titles.length);
  for (const [rank, i] of order.entries())
    percentiles[i] = titles.length < 2 ? 0 : (2 * rank) / (titles.length - 1) - 1;
  return percentiles;
}

function scoreMoments(titles: readonly Title[]): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const { averageScore } of titles) {
    if (averageScore === undefined) continue;
    count++;
    sum += averageScore;
    squares += averageScore ** 2;
  }
  if (count < 2) return { mean: sum / Math.max(1, count), deviation: 1 };
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0.01, squares / count - mean ** 2)) };
}
