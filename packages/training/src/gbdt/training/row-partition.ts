/** Divides the rows of a leaf between its children, in place, keeping their order. */

import { BINS, type BoostingState, CHUNK_ROWS } from './boosting-state.ts';
import type { KernelRunner } from './kernel-runner.ts';
import type { Split } from './split.ts';

const ROW_NS = 2;

/** @returns where the right child's rows begin */
export async function partitionRows(
  state: BoostingState,
  runner: KernelRunner,
  split: Split,
  begin: number,
  end: number,
): Promise<number> {
  const { at, rows, table, counts, places } = state;
  fillTable(table, split);
  const chunks = Math.ceil((end - begin) / CHUNK_ROWS);
  const range = [CHUNK_ROWS, begin, end, at.rowList, at.leftRows, at.rightRows] as const;
  const work = (end - begin) * ROW_NS;
  await runner.run(
    'partitionRows',
    chunks,
    work,
    ...range,
    at.columnBins + split.column * rows,
    at.table,
    at.counts,
  );
  let place = begin;
  for (let chunk = 0; chunk < chunks; chunk++) {
    places[chunk] = place;
    place += counts[chunk]!;
  }
  places[chunks] = place;
  await runner.run('placeRows', chunks, work / 4, ...range, at.counts, at.places);
  return place;
}

function fillTable(table: Uint8Array, { leftBins, lastLeftBin, missingLeft }: Split): void {
  for (let bin = 1; bin < BINS; bin++) table[bin] = leftBins === undefined && bin <= lastLeftBin ? 1 : 0;
  table[0] = missingLeft ? 1 : 0;
  for (const bin of leftBins ?? []) table[bin] = 1;
}
