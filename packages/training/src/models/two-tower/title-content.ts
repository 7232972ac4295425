/**
 * What a title is about, as hashed features: a new title, and people and genres nobody has seen, need no new model. Two
 * features may share a number; with several per title that blurs, but does not confuse.
 */
import { hash32, type Title } from '@marquee/domain';

/** By item: names such as `genre:drama`, `person:17`, `decade:1990`. */
export type TitleContent = readonly (readonly string[])[];

/** Features of a title that count; more are left out, the last first. */
export const FEATURES_PER_TITLE = 16;

/** Kind, genres, decade, directors and cast, studio: in the order in which they are kept. */
export function contentOf(
  title: Pick<Title, 'kind' | 'genreIds' | 'releaseYear' | 'directorIds' | 'castIds' | 'studio'>,
): string[] {
  const { kind, genreIds, releaseYear, directorIds, castIds, studio } = title;
  return [
    `kind:${kind}`,
    ...genreIds.map((genre) => `genre:${genre}`),
    ...(releaseYear === undefined ? [] : yearFeatures(releaseYear)),
    ...directorIds.map((person) => `person:${person}`),
    ...(studio === undefined ? [] : [`studio:${studio}`]),
    ...castIds.map((person) => `person:${person}`),
  ];
}

/** Two grains: years are few titles each, decades many. */
export function yearFeatures(year: number): string[] {
  return [`decade:${10 * Math.floor(year / 10)}`, `year:${year}`];
}

/** Numbers below `buckets` of the features that count; none twice. */
export function featureBuckets(features: readonly string[], buckets: number): number[] {
  const numbers = features.slice(0, FEATURES_PER_TITLE).map((feature) => hash32(feature) % buckets);
  return [...new Set(numbers)];
}
