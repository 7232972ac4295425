/**
 * The orders in which titles are listed. Every order is a tuple of expressions, all ascending, that ends with
 * the title's id; so one row-wise comparison continues any list after a cursor.
 */
import { type RawBuilder, sql } from 'kysely';
import type { SortKey } from './cursor.ts';

export interface TitleOrder {
  readonly keys: readonly RawBuilder<string | number>[];
  readonly types: readonly ('string' | 'number')[];
}

export const BY_NAME: TitleOrder = {
  keys: [sql.ref('t.sort_name'), sql.ref('t.id')],
  types: ['string', 'string'],
};

/** Unknown years last. */
export const NEWEST_FIRST: TitleOrder = {
  keys: [sql`-coalesce(t.release_year, 0)`, sql.ref('t.id')],
  types: ['number', 'string'],
};

/** For queries that join `hits`. Among equally good hits the one that most people have judged comes first. */
export const BY_RELEVANCE: TitleOrder = {
  keys: [sql.ref('hits.rank'), sql`-coalesce(t.score_count, 0)`, sql.ref('t.id')],
  types: ['number', 'number', 'string'],
};

export function orderBy(order: TitleOrder): RawBuilder<unknown> {
  return sql.join([...order.keys]);
}

export function after(order: TitleOrder, key: SortKey): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join([...order.keys])}) > (${sql.join([...key])})`;
}

/** The sort key as one JSON-ready list of columns `k0`, `k1`, ... */
export function keyColumns(order: TitleOrder) {
  return order.keys.map((key, i) => key.as(`k${i}`));
}

export function keyOf(order: TitleOrder, row: Readonly<Record<string, unknown>>): SortKey {
  return order.keys.map((_, i) => row[`k${i}`] as string | number);
}
