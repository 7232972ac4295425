import { defineFeatureView } from '../feature-view.ts';

/**
 * Exponentially decayed counts about a title: a count with half-life h, read at time t, is
 * `value × 2^(-(t - updated) / h)`. `_1d` halves in one day, and so on; `_5m` in five minutes. `updated_day` says when, to some
 * ten seconds (a float32): of `_5m` that is 2.5 % at most.
 * Entity: title id; or `<title id>|<segment>` for `titleInSegmentView`.
 */
const fields = [
  { name: 'watches_1h', unit: 'count', default: 0 },
  { name: 'watches_1d', unit: 'count', default: 0 },
  { name: 'watches_7d', unit: 'count', default: 0 },
  { name: 'watches_30d', unit: 'count', default: 0 },
  { name: 'watches_total', unit: 'count', default: 0 },
  { name: 'completions_30d', unit: 'count', default: 0 },
  { name: 'abandonments_30d', unit: 'count', default: 0 },
  { name: 'likes_30d', unit: 'count', default: 0 },
  { name: 'dislikes_30d', unit: 'count', default: 0 },
  { name: 'impressions_7d', unit: 'count', default: 0 },
  { name: 'impressions_total', unit: 'count', default: 0 },
  { name: 'updated_day', unit: 'days since 2020-01-01', default: 0 },
  // Added later, so behind all others: rows without it are read, and begin to count it.
  { name: 'watches_5m', unit: 'count', default: 0 },
] as const;

export const titlePopularityView = defineFeatureView({
  name: 'title_popularity',
  version: 1,
  entity: 'title',
  freshnessSeconds: 60,
  fields,
});

export const titleInSegmentView = defineFeatureView({
  name: 'title_in_segment',
  version: 1,
  entity: 'title-in-segment',
  freshnessSeconds: 60,
  fields,
});

export const POPULARITY_EPOCH_MS = Date.UTC(2020, 0, 1);

/** Entity id of `titleInSegmentView`. */
export function inSegmentId(titleId: string, segment: string): string {
  return `${titleId}|${segment}`;
}
