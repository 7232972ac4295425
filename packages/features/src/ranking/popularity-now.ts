/** Reading a popularity row at an instant: the counts as they have decayed since they were written. */
import { DAY_MS, MINUTE_MS } from '@marquee/domain';
import { POPULARITY_EPOCH_MS, titlePopularityView } from '../views/title-popularity.view.ts';

/** Decayed counts at one instant; the suffix is the half-life. Finite and not negative. */
export interface PopularityNow {
  readonly watches5m: number;
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
  watches5m: titlePopularityView.index('watches_5m'),
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

export const FIVE_MINUTES_PER_DAY = DAY_MS / (5 * MINUTE_MS);

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
    watches5m: at(POPULARITY_FIELD.watches5m, 2 ** (-days * FIVE_MINUTES_PER_DAY)),
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

/**
 * The same of one row after the other, for thousands of rows of one instant: nothing is made per row, and what is not asked for is
 * not worked out. The values are those of `readPopularity`, to the last bit.
 */
export class PopularityCursor implements PopularityNow {
  readonly #day: number;
  #row: Float32Array = NO_ROW;
  #offset = 0;
  #days = 0;
  // Found when first asked for: NaN before that.
  #by7d = Number.NaN;
  #by30d = Number.NaN;

  constructor(now: number) {
    this.#day = popularityDay(now);
  }

  /** @returns itself, good until it is moved on. */
  at(row: Float32Array, offset: number): this {
    const days = Math.max(0, this.#day - finite(row[offset + POPULARITY_FIELD.updatedDay]));
    this.#row = row;
    this.#offset = offset;
    // Many rows were never written, and are equally old.
    if (days === this.#days) return this;
    this.#days = days;
    this.#by7d = Number.NaN;
    this.#by30d = Number.NaN;
    return this;
  }

  get watches5m(): number {
    return this.#count(POPULARITY_FIELD.watches5m) * 2 ** (-this.#days * FIVE_MINUTES_PER_DAY);
  }

  get watches1h(): number {
    return this.#count(POPULARITY_FIELD.watches1h) * 2 ** (-this.#days * 24);
  }

  get watches1d(): number {
    return this.#count(POPULARITY_FIELD.watches1d) * 2 ** -this.#days;
  }

  get watches7d(): number {
    return this.#count(POPULARITY_FIELD.watches7d) * this.#half7d();
  }

  get watches30d(): number {
    return this.#count(POPULARITY_FIELD.watches30d) * this.#half30d();
  }

  get watchesTotal(): number {
    return this.#count(POPULARITY_FIELD.watchesTotal);
  }

  get completions30d(): number {
    return this.#count(POPULARITY_FIELD.completions30d) * this.#half30d();
  }

  get abandonments30d(): number {
    return this.#count(POPULARITY_FIELD.abandonments30d) * this.#half30d();
  }

  get likes30d(): number {
    return this.#count(POPULARITY_FIELD.likes30d) * this.#half30d();
  }

  get dislikes30d(): number {
    return this.#count(POPULARITY_FIELD.dislikes30d) * this.#half30d();
  }

  get impressions7d(): number {
    return this.#count(POPULARITY_FIELD.impressions7d) * this.#half7d();
  }

  get impressionsTotal(): number {
    return this.#count(POPULARITY_FIELD.impressionsTotal);
  }

  #count(field: number): number {
    return Math.max(0, finite(this.#row[this.#offset + field]));
  }

  #half7d(): number {
    if (Number.isNaN(this.#by7d)) this.#by7d = 2 ** (-this.#days / 7);
    return this.#by7d;
  }

  #half30d(): number {
    if (Number.isNaN(this.#by30d)) this.#by30d = 2 ** (-this.#days / 30);
    return this.#by30d;
  }
}

const NO_ROW = new Float32Array(titlePopularityView.fields.length);

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
