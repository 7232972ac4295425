import type { Catalogue } from '@marquee/catalogue';
import type { Genre } from '@marquee/domain';

export interface GenreService {
  /** By name. */
  all(): Promise<readonly Genre[]>;
}

export function createGenreService(catalogue: Pick<Catalogue, 'genres'>): GenreService {
  return { all: () => catalogue.genres() };
}
