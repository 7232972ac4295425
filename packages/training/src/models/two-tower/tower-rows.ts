/**
 * What the towers are fed with, row by row: the one place that says so, for training, for the vector index and for requests. Pure; no
 * training code comes with it.
 */
import { FEATURES_PER_TITLE, featureBuckets } from './title-content.ts';
import type { TwoTowerSettings } from './two-tower-options.ts';
import { CONTEXT_COLUMNS, contextOf, historyWeights } from './user-history.ts';

export const TITLE_COLUMNS = [
  'row',
  ...Array.from({ length: FEATURES_PER_TITLE }, (_, i) => `feature.${i}`),
] as const;

/** How much each title of the history counts. */
export const HISTORY_COLUMNS = ['recent', 'taste'] as const;

/** One row of the title tower's matrix. @param row of the id table, −1 for a title that training has not seen */
export function titleFeatures(row: number, features: readonly string[], buckets: number): Float32Array {
  const columns = new Float32Array(TITLE_COLUMNS.length).fill(-1);
  columns[0] = row;
  columns.set(featureBuckets(features, buckets), 1);
  return columns;
}

/** All titles of the history first, then the weights of each kind, then the context. */
export function userColumns(historyLength: number): string[] {
  const places = Array.from({ length: historyLength }, (_, place) => place);
  return [
    ...places.flatMap((place) => TITLE_COLUMNS.map((column) => `title.${place}.${column}`)),
    ...HISTORY_COLUMNS.flatMap((name) => places.map((place) => `${name}.${place}`)),
    ...CONTEXT_COLUMNS.map((name) => `context.${name}`),
  ];
}

export type UserSettings = Pick<TwoTowerSettings, 'historyLength' | 'recentHalfLife' | 'tasteHalfLife'>;

/**
 * One row of the user tower's matrix.
 * @param titles rows of `titleFeatures`, the oldest first, at least one; the newest `historyLength` count
 * @param completion by title, in (0, 1]; absent: all of all
 */
export function userFeatures(
  settings: UserSettings,
  titles: readonly Float32Array[],
  completion?: readonly number[],
): Float32Array {
  const { historyLength } = settings;
  const newest = titles.slice(-historyLength);
  const { recent, taste } = historyWeights(settings, newest.length, completion?.slice(-historyLength));
  const weightsAt = historyLength * TITLE_COLUMNS.length;
  const contextAt = weightsAt + HISTORY_COLUMNS.length * historyLength;
  const row = new Float32Array(contextAt + CONTEXT_COLUMNS.length);
  // Places without a title have neither an id nor a feature, and no weight.
  row.fill(-1, 0, weightsAt);
  for (const [place, title] of newest.entries()) row.set(title, place * TITLE_COLUMNS.length);
  row.set(recent, weightsAt);
  row.set(taste, weightsAt + historyLength);
  row.set(contextOf(newest.length), contextAt);
  return row;
}
