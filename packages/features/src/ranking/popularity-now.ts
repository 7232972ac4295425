/** Reading a popularity row at an instant: the counts as they have decayed since they were written. */
import { DAY_MS } from '@marquee/domain';
import { POPULARITY_EPOCH_MS, titlePopularityView } from '../views/title-popularity.view.ts';

/** Decayed counts at one instant; the suffix is the half-life. Finite and not negative. */
export interface PopularityNow {
  readonly watches1h: number;
  readonly watches1d: number;
  readonly watches7d: number;
  readonly watches30d: number;
  readonly watchesTotal: number;
  readonly completions30d: number;
  readonly abandonments30d: number;
  readonly likes30d: number;
  readonly dislikes30d: number;
  readonly impressions7d: number;
  readonly impressionsTotal: number;
}

/** Places of the fields in a row, looked up once. */
export const POPULARITY_FIELD = {
  watches1h: titlePopularityView.index('watches_1h'),
  watches1d: titlePopularityView.index('watches_1d'),
  watches7d: titlePopularityView.index('watches_7d'),
  watches30d: titlePopularityView.index('watches_30d'),
  watchesTotal: titlePopularityView.index('watches_total'),
  completions30d: titlePopularityView.index('completions_30d'),
  abandonments30d: titlePopularityView.index('abandonments_30d'),
  likes30d: titlePopularityView.index('likes_30d'),
  dislikes30d: titlePopularityView.index('dislikes_30d'),
  impressions7d: titlePopularityView.index('impressions_7d'),
  impressionsTotal: titlePopularityView.index('impressions_total'),
  updatedDay: titlePopularityView.index('updated_day'),
} as const;

/** The unit of `updated_day`: days since 2020-01-01 UTC, with fractions. */
export function popularityDay(instant: number): number {
  return (instant - POPULARITY_EPOCH_MS) / DAY_MS;
}

/**
 * @param now epoch milliseconds; before the row's own instant nothing is decayed.
 */
export function readPopularity(row: Float32Array, offset: number, now: number): PopularityNow {
  const days = Math.max(0, popularityDay(now) - finite(row[offset + POPULARITY_FIELD.updatedDay]));
  const by7d = 2 ** (-days / 7);
  const by30d = 2 ** (-days / 30);
  const at = (field: number, factor: number): number => Math.max(0, finite(row[offset + field])) * factor;
  return {
    watches1h: at(POPULARITY_FIELD.watches1h, 2 ** (-days * 24)),
    watches1d: at(POPULARITY_FIELD.watches1d, 2 ** -days),
    watches7d: at(POPULARITY_FIELD.watches7d, by7d),
    watches30d: at(POPULARITY_FIELD.watches30d, by30d),
    watchesTotal: at(POPULARITY_FIELD.watchesTotal, 1),
    completions30d: at(POPULARITY_FIELD.completions30d, by30d),
    abandonments30d: at(POPULARITY_FIELD.abandonments30d, by30d),
    likes30d: at(POPULARITY_FIELD.likes30d, by30d),
    dislikes30d: at(POPULARITY_FIELD.dislikes30d, by30d),
    impressions7d: at(POPULARITY_FIELD.impressions7d, by7d),
    impressionsTotal: at(POPULARITY_FIELD.impressionsTotal, 1),
  };
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
