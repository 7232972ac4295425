/**
 * Counting in popularity rows. A row's counts are all as of its `updated_day`; an event first brings them to
 * its own instant, then adds. An event older than the row adds what is left of it by then. Every step is
 * rounded to float32 as it is stored, so that the row is the same however the events were batched.
 *
 * Counts are sums and nothing else, so rows of several counters can be added. A sum may fall below zero, when somebody
 * takes back in one segment what they gave in another; readers take it for nothing (see `readPopularity`).
 */
import { POPULARITY_FIELD as FIELD, FIVE_MINUTES_PER_DAY, popularityDay } from '../ranking/popularity-now.ts';
import { titlePopularityView } from '../views/title-popularity.view.ts';

/** Changes of a title's counts by one event. */
export interface TitleEffect {
  readonly watches: number;
  readonly completions: number;
  readonly abandonments: number;
  readonly likes: number;
  readonly dislikes: number;
  readonly impressions: number;
  /** What was counted at an earlier instant and is to be as if it had never been. */
  readonly takenBack?: { readonly likes: number; readonly dislikes: number; readonly at: number };
}

export const NO_EFFECT: TitleEffect = Object.freeze({
  watches: 0,
  completions: 0,
  abandonments: 0,
  likes: 0,
  dislikes: 0,
  impressions: 0,
});

/** A row that nothing has been counted in: it takes its day from the first event, also one before 2020. */
export function emptyRow(): Float32Array {
  const row = new Float32Array(titlePopularityView.fields.length);
  row[FIELD.updatedDay] = Number.NEGATIVE_INFINITY;
  return row;
}

/** @param at instant of the event, epoch milliseconds. */
export function count(row: Float32Array, effect: TitleEffect, at: number): void {
  const day = Math.fround(popularityDay(at));
  const elapsed = day - row[FIELD.updatedDay]!;
  if (elapsed > 0) {
    if (Number.isFinite(elapsed)) decay(row, elapsed);
    row[FIELD.updatedDay] = day;
  }
  // What is left at the row's instant of something counted `late` days before it.
  const late = Math.max(0, -elapsed);
  const by1d = 2 ** -late;
  const by7d = 2 ** (-late / 7);
  const by30d = 2 ** (-late / 30);
  if (effect.watches !== 0) {
    add(row, FIELD.watches5m, effect.watches * 2 ** (-late * FIVE_MINUTES_PER_DAY));
    add(row, FIELD.watches1h, effect.watches * 2 ** (-late * 24));
    add(row, FIELD.watches1d, effect.watches * by1d);
    add(row, FIELD.watches7d, effect.watches * by7d);
    add(row, FIELD.watches30d, effect.watches * by30d);
    add(row, FIELD.watchesTotal, effect.watches);
  }
  add(row, FIELD.completions30d, effect.completions * by30d);
  add(row, FIELD.abandonments30d, effect.abandonments * by30d);
  add(row, FIELD.likes30d, effect.likes * by30d);
  add(row, FIELD.dislikes30d, effect.dislikes * by30d);
  if (effect.impressions !== 0) {
    add(row, FIELD.impressions7d, effect.impressions * by7d);
    add(row, FIELD.impressionsTotal, effect.impressions);
  }
  if (effect.takenBack !== undefined) {
    const { likes, dislikes, at: then } = effect.takenBack;
    count(row, { ...NO_EFFECT, likes: -likes, dislikes: -dislikes }, then);
  }
}

/** Adds another row's counts to `row`, both brought to the later of their instants. `other` is changed. */
export function addRow(row: Float32Array, other: Float32Array): void {
  const elapsed = other[FIELD.updatedDay]! - row[FIELD.updatedDay]!;
  if (elapsed > 0) {
    if (Number.isFinite(elapsed)) decay(row, elapsed);
    row[FIELD.updatedDay] = other[FIELD.updatedDay]!;
  } else if (elapsed < 0) {
    decay(other, -elapsed);
  }
  for (let field = 0; field < row.length; field++) {
    if (field !== FIELD.updatedDay) add(row, field, other[field]!);
  }
}

function decay(row: Float32Array, days: number): void {
  const by7d = 2 ** (-days / 7);
  const by30d = 2 ** (-days / 30);
  scale(row, FIELD.watches5m, 2 ** (-days * FIVE_MINUTES_PER_DAY));
  scale(row, FIELD.watches1h, 2 ** (-days * 24));
  scale(row, FIELD.watches1d, 2 ** -days);
  scale(row, FIELD.watches7d, by7d);
  scale(row, FIELD.watches30d, by30d);
  scale(row, FIELD.completions30d, by30d);
  scale(row, FIELD.abandonments30d, by30d);
  scale(row, FIELD.likes30d, by30d);
  scale(row, FIELD.dislikes30d, by30d);
  scale(row, FIELD.impressions7d, by7d);
}

function scale(row: Float32Array, field: number, factor: number): void {
  row[field] = row[field]! * factor;
}

function add(row: Float32Array, field: number, amount: number): void {
  if (amount !== 0) row[field] = row[field]! + amount;
}
