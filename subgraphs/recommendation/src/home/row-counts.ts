/**
 * How rows of each kind have done at the places whose order is learned, with everybody and in a segment. Read for all pages of a
 * segment together: no page is worth a read of its own.
 */
import { type Clock, ROW_KINDS, type RowKind } from '@marquee/domain';
import type { Evidence } from '@marquee/exploration';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  inSegmentId,
  pageRowId,
  pageRowInSegmentView,
  pageRowView,
  readPopularity,
  titlePopularityView,
} from '@marquee/features';
import { SharedRead } from './shared-read.ts';

/** Rows below are in order of their expected value alone: hardly anybody scrolls so far that there were something to learn. */
export const OPEN_ROWS = 6;

const MAX_SEGMENTS = 200;
const WIDTH = titlePopularityView.fields.length;

/** Counts as they were read; decayed when they are asked for. */
export interface RowCounts {
  readonly everybody: Float32Array;
  readonly inSegment: Float32Array;
}

export type RowCountsReader = SharedRead<RowCounts>;

export function createRowCountsReader(store: Pick<KeyValueStore, 'getMany'>, clock: Clock): RowCountsReader {
  return new SharedRead({
    ...{ what: 'counts of rows', clock, capacity: MAX_SEGMENTS },
    async read(segment) {
      const blobs = await store.getMany([
        ...ENTITIES.map((id) => pageRowView.key(id)),
        ...ENTITIES.map((id) => pageRowInSegmentView.key(inSegmentId(id, segment))),
      ]);
      const everybody = new Float32Array(ENTITIES.length * WIDTH);
      const inSegment = new Float32Array(ENTITIES.length * WIDTH);
      for (let i = 0; i < ENTITIES.length; i++) {
        pageRowView.decodeInto(blobs[i], everybody, i * WIDTH);
        pageRowInSegmentView.decodeInto(blobs[ENTITIES.length + i], inSegment, i * WIDTH);
      }
      return { everybody, inSegment };
    },
  });
}

/** By row, and within it by kind. */
const ENTITIES = Array.from({ length: OPEN_ROWS }, (_, row) =>
  ROW_KINDS.map((kind) => pageRowId(kind, row)),
).flat();

/** What is known of a kind of row at an open place. @param row below OPEN_ROWS */
export function evidenceOfRow(counts: RowCounts, kind: RowKind, row: number, now: number): Evidence {
  const offset = (row * ROW_KINDS.length + ROW_KINDS.indexOf(kind)) * WIDTH;
  const of = (values: Float32Array) => {
    const { impressions7d, watches7d } = readPopularity(values, offset, now);
    return { impressions: impressions7d, watches: watches7d };
  };
  return { title: of(counts.everybody), inSegment: of(counts.inSegment) };
}
