/**
 * How titles do that are shown with one of their pictures: the counts that titles have, of impressions with that picture and of
 * what began from them. Entity: `<title id>~<variant>`, and `<title id>~<variant>|<segment>` for `artworkInSegmentView`.
 */
import type { TitleId } from '@marquee/domain';
import { defineDocumentView } from '../document-view.ts';
import { defineFeatureView } from '../feature-view.ts';
import { titlePopularityView } from './title-popularity.view.ts';

export const artworkView = defineFeatureView({
  name: 'artwork',
  version: 1,
  entity: 'artwork',
  freshnessSeconds: 60,
  fields: titlePopularityView.fields,
});

export const artworkInSegmentView = defineFeatureView({
  name: 'artwork_in_segment',
  version: 1,
  entity: 'artwork',
  freshnessSeconds: 60,
  fields: titlePopularityView.fields,
});

/** Entity id of `artworkView`. */
export function artworkEntity(titleId: TitleId, variant: number): string {
  return `${titleId}~${variant}`;
}

/** Undefined for what `artworkEntity` did not make. */
export function parseArtworkEntity(entity: string): { titleId: TitleId; variant: number } | undefined {
  const mark = entity.lastIndexOf('~');
  const variant = Number(entity.slice(mark + 1));
  if (mark <= 0 || !Number.isInteger(variant)) return undefined;
  return { titleId: entity.slice(0, mark), variant };
}

/**
 * The counts of all pictures as they were when a day began, with everybody or in a segment: what is chosen by them stays the same
 * for the day. At most MAX_SNAPSHOT_TITLES titles, those with the most impressions.
 */
export interface ArtworkSnapshot {
  /** Whole days since 1970, UTC. */
  readonly day: number;
  /** By title and variant: impressions and watches, decayed with a half-life of seven days. */
  readonly counts: Readonly<Record<TitleId, readonly (readonly [impressions: number, watches: number])[]>>;
}

export const MAX_SNAPSHOT_TITLES = 5_000;

/** Entity: a segment. */
export const artworkSnapshotView = defineDocumentView<ArtworkSnapshot>({
  name: 'artwork_snapshot',
  version: 1,
  freshnessSeconds: 2 * 86_400,
});
