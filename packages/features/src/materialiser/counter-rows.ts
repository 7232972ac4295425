/**
 * The rows that a partition of the log counts in, and the rows that are served. With one partition they are the
 * same. With more, a partition counts in shard rows of its own, and a served row is the sum of its shards.
 */
import { DEFAULT_SEGMENT, type TitleId } from '@marquee/domain';
import type { FeatureView } from '../feature-view.ts';
import { inSegmentId, titleInSegmentView, titlePopularityView } from '../views/title-popularity.view.ts';
import {
  inShardId,
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
export const ROW_KINDS: readonly RowKind[] = [FOR_ALL, IN_SEGMENT];

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
}

export function counterRowsOf(partition: number, partitions: number): CounterRows {
  const keyOf = ({ served, shard }: RowKind, entityId: string): string =>
    partitions === 1 ? served.key(entityId) : shard.key(inShardId(partition, entityId));
  return {
    keyForAll: (titleId) => keyOf(FOR_ALL, titleId),
    keysOf(titleId, segment) {
      const forAll = keyOf(FOR_ALL, titleId);
      if (segment === DEFAULT_SEGMENT) return [forAll];
      return [forAll, keyOf(IN_SEGMENT, inSegmentId(titleId, segment))];
    },
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

/** Title and segment that a served row is about; the segment of a row for everybody is undefined. */
export function subjectOf({ kind, entityId }: ServedRow): { titleId: TitleId; segment: string | undefined } {
  if (kind === FOR_ALL) return { titleId: entityId, segment: undefined };
  // Should a title's id contain a bar too, the part before the last one is no known title.
  const bar = entityId.lastIndexOf('|');
  return { titleId: entityId.slice(0, bar), segment: entityId.slice(bar + 1) };
}
