/** Weighted draws of titles in logarithmic time, per genre and maturity limit; built when first asked for. */
import { MATURITY_RATINGS, type MaturityRating, maturityLevel, type Random } from '@marquee/domain';
import { type FilmWorld, MAX_GENRES_PER_TITLE } from './film-world.ts';

export interface TitlePool {
  readonly size: number;
  /** By popularity; -1 from an empty pool. */
  popular(random: Random): number;
  /** Every title alike; -1 from an empty pool. */
  any(random: Random): number;
}

export interface TitlePools {
  /** @param genre undefined: all genres. */
  pool(limit: MaturityRating | undefined, genre?: number): TitlePool;
}

const NO_LIMIT = Math.max(...MATURITY_RATINGS.map(maturityLevel));

export function createTitlePools(world: FilmWorld): TitlePools {
  const pools = new Map<number, TitlePool>();
  return {
    pool(limit, genre = -1) {
      const level = limit === undefined ? NO_LIMIT : maturityLevel(limit);
      const key = level * 100_000 + genre + 1;
      let pool = pools.get(key);
      if (pool === undefined) {
        pool = createPool(world, level, genre);
        pools.set(key, pool);
      }
      return pool;
    },
  };
}

function createPool(world: FilmWorld, level: number, genre: number): TitlePool {
  const members: number[] = [];
  for (let i = 0; i < world.titles.length; i++) {
    if (world.maturity[i]! <= level && (genre < 0 || hasGenre(world, i, genre))) members.push(i);
  }
  const indices = Uint32Array.from(members);
  const cumulative = new Float64Array(indices.length);
  let total = 0;
  for (const [i, title] of indices.entries()) {
    total += world.popularityWeight[title]!;
    cumulative[i] = total;
  }
  return {
    size: indices.length,
    any: (random) => (indices.length === 0 ? -1 : indices[random.integer(indices.length)]!),
    popular(random) {
      if (indices.length === 0) return -1;
      const target = random.next() * total;
      let low = 0;
      let high = indices.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (cumulative[middle]! > target) high = middle;
        else low = middle + 1;
      }
      return indices[low]!;
    },
  };
}

function hasGenre(world: FilmWorld, title: number, genre: number): boolean {
  for (let g = 0; g < MAX_GENRES_PER_TITLE; g++) {
    if (world.genres[title * MAX_GENRES_PER_TITLE + g] === genre) return true;
  }
  return false;
}
