/**
 * What a title is about, as hashed features: a new title, and people and genres nobody has seen, need no new model. Two
 * features may share a number; with several per title that blurs, but does not confuse.
 */
import { hash32, type Title } from '@marquee/domain';
import type { TitleFacts } from '@marquee/features';

/** By item: names such as `genre:drama`, `person:17`, `decade:1990`. */
export type TitleContent = readonly (readonly string[])[];

/** Features of a title that count; more are left out, the last first. */
export const FEATURES_PER_TITLE = 16;

/** Of the features' names and of how they become numbers; a model made for another version is refused. */
export const TITLE_CONTENT_VERSION = 1;

type Described = Pick<Title, 'kind' | 'genreIds' | 'releaseYear' | 'directorIds' | 'studio'>;
/** As the catalogue has a title, or as the table that serving reads has it: the features are the same. */
export type DescribedTitle = Described & (Pick<Title, 'castIds'> | Pick<TitleFacts, 'personIds'>);

/** Kind, genres, decade, directors, studio and the rest of the cast: in the order in which they are kept. */
export function contentOf(title: DescribedTitle): string[] {
  const { kind, genreIds, releaseYear, directorIds, studio } = title;
  const directors = new Set(directorIds);
  const others = new Set('castIds' in title ? title.castIds : title.personIds);
  for (const id of directors) others.delete(id);
  const person = (id: string): string => `person:${id}`;
  return [
    `kind:${kind}`,
    ...genreIds.map((genre) => `genre:${genre}`),
    ...(releaseYear === undefined ? [] : yearFeatures(releaseYear)),
    ...[...directors].map(person),
    ...(studio === undefined ? [] : [`studio:${studio}`]),
    ...[...others].map(person),
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
