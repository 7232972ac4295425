import { defineFeatureView } from '../feature-view.ts';
import { titlePopularityView } from './title-popularity.view.ts';

/**
 * How rows of a kind do at a place of the home page, in the counts that titles have: an impression of a row is one of its first
 * title, a watch is one that began in it. By place, because what stands higher is looked at more.
 * Entity: `<kind>@<row>`, rows from 0; or `<kind>@<row>|<segment>` for `pageRowInSegmentView`.
 */
export const pageRowView = defineFeatureView({
  name: 'page_row',
  version: 1,
  entity: 'page-row',
  freshnessSeconds: 60,
  fields: titlePopularityView.fields,
});

export const pageRowInSegmentView = defineFeatureView({
  name: 'page_row_in_segment',
  version: 1,
  entity: 'page-row',
  freshnessSeconds: 60,
  fields: titlePopularityView.fields,
});

/** Rows further down are not counted: hardly anybody looks at them. */
export const COUNTED_ROWS = 16;

/** Entity id of `pageRowView`. @param row from 0 */
export function pageRowId(kind: string, row: number): string {
  return `${kind}@${row}`;
}
