/** Makes histograms of leaves: one per slot, a slot per leaf; a split leaf leaves its slot to its larger child. */

import {
  BAND_GROUPS,
  BIN_DOUBLES,
  BINS,
  type BoostingState,
  GROUP_BYTES,
  GROUP_COLUMNS,
  MAX_PARTS,
} from './boosting-state.ts';
import type { KernelRunner } from './kernel-runner.ts';

/** A histogram part is worth its summing up from so many rows on. */
const PART_ROWS = 16_384;
/** Rough costs on one thread: a row of a group, a part of a group. */
const ROW_NS = 6;
const PART_NS = 10_000;

export interface LeafHistograms {
  /** Of rows `begin` to before `end` of the row list. @param parent slot to subtract them from, if any */
  make(slot: number, begin: number, end: number, parent?: number): Promise<void>;
  /** Where a column's bin 0 begins in the state's sums. */
  offset(slot: number, column: number): number;
}

/** @param columns ascending; the only ones whose histograms are defined */
export function createLeafHistograms(
  state: BoostingState,
  runner: KernelRunner,
  columns: readonly number[],
): LeafHistograms {
  const { at, stride } = state;
  const groups = [...new Set(columns.map((column) => Math.floor(column / GROUP_COLUMNS)))];
  const placeOfGroup = new Map(groups.map((group, place) => [group, place]));
  state.groupList.set(groups);
  const slotBytes = groups.length * GROUP_BYTES;
  return {
    async make(slot, begin, end, parent) {
      const own = at.histograms + slot * slotBytes;
      const perPart = Math.max(PART_ROWS, Math.ceil((end - begin) / MAX_PARTS));
      const parts = Math.max(1, Math.ceil((end - begin) / perPart));
      const into = parts === 1 ? own : at.parts;
      await runner.run(
        'histogramRows',
        parts * Math.ceil(groups.length / BAND_GROUPS),
        groups.length * ((end - begin) * ROW_NS + parts * PART_NS),
        ...[perPart, begin, end, at.rowList, at.packed, at.bins, stride, groups.length, at.groupList, into],
      );
      if (parts === 1 && parent === undefined) return;
      const parentAt = parent === undefined ? 0 : at.histograms + parent * slotBytes;
      await runner.run(
        'mergeHistograms',
        groups.length,
        groups.length * parts * PART_NS,
        ...[parts, groups.length, into, own, parentAt],
      );
    },
    offset(slot, column) {
      const place = placeOfGroup.get(Math.floor(column / GROUP_COLUMNS))!;
      const inGroup = (column % GROUP_COLUMNS) * BINS * BIN_DOUBLES;
      return (slot * slotBytes + place * GROUP_BYTES) / 8 + inGroup;
    },
  };
}
