/**
 * The rows that a partition of the log counts in, and the rows that are served. With one partition they are the
 * same. With more, a partition counts in shard rows of its own, and a served row is the sum of its shards.
 */
import { DEFAULT_SEGMENT, type TitleId } from '@marquee/domain';
import type { FeatureView } from '../feature-view.ts';
import { artworkInSegmentView, artworkView } from '../views/artwork.view.ts';
import { pageRowInSegmentView, pageRowView } from '../views/page-row.view.ts';
import { inSegmentId, titleInSegmentView, titlePopularityView } from '../views/title-popularity.view.ts';
import {
  artworkInSegmentShardView,
  artworkShardView,
  inShardId,
  pageRowInSegmentShardView,
  pageRowShardView,
  titleInSegmentShardView,
  titlePopularityShardView,
} from '../views/title-popularity-shard.view.ts';

/** A view that is served, and the one its partitions count in. */
interface RowKind {
  readonly served: FeatureView;
  readonly shard: FeatureView;
}

const FOR_ALL: RowKind = { served: titlePopularityView, shard: titlePopularityShardView };
const IN_SEGMENT: RowKind = { served: titleInSegmentView, shard: titleInSegmentShardView };
const OF_PAGE: RowKind = { served: pageRowView, shard: pageRowShardView };
const OF_PAGE_IN_SEGMENT: RowKind = { served: pageRowInSegmentView, shard: pageRowInSegmentShardView };
const OF_ARTWORK: RowKind = { served: artworkView, shard: artworkShardView };
const OF_ARTWORK_IN_SEGMENT: RowKind = { served: artworkInSegmentView, shard: artworkInSegmentShardView };
const ROW_KINDS: readonly RowKind[] = [
  FOR_ALL,
  IN_SEGMENT,
  OF_PAGE,
  OF_PAGE_IN_SEGMENT,
  OF_ARTWORK,
  OF_ARTWORK_IN_SEGMENT,
];

/** A served row by its view and entity. */
export interface ServedRow {
  readonly kind: RowKind;
  readonly entityId: string;
}

export interface CounterRows {
  /** Store key of the row that counts a title for everybody. */
  keyForAll(titleId: TitleId): string;
  /** Store keys of all rows that count what somebody of a segment does with a title. */
  keysOf(titleId: TitleId, segment: string): readonly string[];
  /** Store keys of all rows that count what somebody of a segment does with a row of a page (`pageRowId`). */
  keysOfPageRow(pageRow: string, segment: string): readonly string[];
  /** Store keys of all rows that count what somebody of a segment does with a picture (`artworkEntity`). */
  keysOfArtwork(artwork: string, segment: string): readonly string[];
}

export function counterRowsOf(partition: number, partitions: number): CounterRows {
  const keyOf = ({ served, shard }: RowKind, entityId: string): string =>
    partitions === 1 ? served.key(entityId) : shard.key(inShardId(partition, entityId));
  const keysOf = (all: RowKind, inSegment: RowKind, id: string, segment: string): readonly string[] => {
    const forAll = keyOf(all, id);
    return segment === DEFAULT_SEGMENT ? [forAll] : [forAll, keyOf(inSegment, inSegmentId(id, segment))];
  };
  return {
    keyForAll: (titleId) => keyOf(FOR_ALL, titleId),
    keysOf: (titleId, segment) => keysOf(FOR_ALL, IN_SEGMENT, titleId, segment),
    keysOfPageRow: (pageRow, segment) => keysOf(OF_PAGE, OF_PAGE_IN_SEGMENT, pageRow, segment),
    keysOfArtwork: (artwork, segment) => keysOf(OF_ARTWORK, OF_ARTWORK_IN_SEGMENT, artwork, segment),
  };
}

/** The view of a row by its store key. @throws TypeError when it is none of these rows. */
export function viewOfRow(key: string): FeatureView {
  for (const { served, shard } of ROW_KINDS) {
    if (key.startsWith(served.key(''))) return served;
    if (key.startsWith(shard.key(''))) return shard;
  }
  throw new TypeError(`${key} is no row of counts`);
}

/** The served row that a shard is a part of; undefined for any other key. */
export function servedRowOfShard(key: string): ServedRow | undefined {
  for (const kind of ROW_KINDS) {
    const prefix = kind.shard.key('');
    if (key.startsWith(prefix)) return { kind, entityId: key.slice(key.indexOf('|', prefix.length) + 1) };
  }
  return undefined;
}

/** The served row behind a key; undefined for any other key. */
export function servedRowOf(key: string): ServedRow | undefined {
  for (const kind of ROW_KINDS) {
    const prefix = kind.served.key('');
    if (key.startsWith(prefix)) return { kind, entityId: key.slice(prefix.length) };
  }
  return undefined;
}

/** Title and segment that a served row of a title is about; the segment of a row for everybody is undefined. */
export function subjectOf({ kind, entityId }: ServedRow): { titleId: TitleId; segment: string | undefined } {
  if (kind === FOR_ALL) return { titleId: entityId, segment: undefined };
  // Should a title's id contain a bar too, the part before the last one is no known title.
  const bar = entityId.lastIndexOf('|');
  return { titleId: entityId.slice(0, bar), segment: entityId.slice(bar + 1) };
}

/** Entity of `artworkView` and segment that a served row of a picture is about; the segment of a row for everybody is undefined. */
export function segmentOfArtwork({ kind, entityId }: ServedRow): { entity: string; segment?: string } {
  if (kind === OF_ARTWORK) return { entity: entityId };
  const bar = entityId.lastIndexOf('|');
  return { entity: entityId.slice(0, bar), segment: entityId.slice(bar + 1) };
}
