/**
 * Content vectors: a title as a point in a space where titles with the same genres, people, studio, era and
 * words lie close together. Signed feature hashing (Weinberger et al. 2009) with a weight per kind of field,
 * L2-normalised, so that a dot product is a cosine. Needs no training; a new title has one at once.
 */
import type { Title } from '@marquee/domain';

/** What a vector is made of. */
export type EmbeddableTitle = Pick<
  Title,
  'name' | 'synopsis' | 'genreIds' | 'directorIds' | 'castIds' | 'studio' | 'releaseYear' | 'kind'
>;

export { CONTENT_DIMENSIONS, CONTENT_VECTOR_VERSION } from './content-dimensions.ts';
export { embedTitle, tasteVector } from './embed-title.ts';
