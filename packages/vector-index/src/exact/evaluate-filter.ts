/**
 * Evaluates a filter column by column over one chunk of rows. Loops over typed arrays without branches on the
 * rows' values: about a nanosecond per row and condition.
 */

import type { Columns } from './columns.ts';
import type { FilterProgram } from './messages.ts';

/**
 * Writes 1 to `passes[i]` where row `from + i` is live and satisfies every condition, else 0.
 * @returns whether any row does.
 */
export function evaluateFilter(
  program: FilterProgram,
  columns: Columns,
  live: Uint8Array,
  from: number,
  count: number,
  passes: Uint8Array,
): boolean {
  passes.set(live.subarray(from, from + count));
  const { releasedFrom, releasedTo, maxRuntimeMinutes, maxMaturityLevel } = program;
  if (program.kinds) maskByOrdinal(program.kinds, columns.kind, from, count, passes);
  if (maxMaturityLevel !== undefined) atMost(maxMaturityLevel, columns.maturityLevel, from, count, passes);
  if (releasedFrom !== undefined) atLeast(releasedFrom, columns.releaseYear, from, count, passes);
  if (releasedTo !== undefined) atMost(releasedTo, columns.releaseYear, from, count, passes);
  if (maxRuntimeMinutes !== undefined) atMost(maxRuntimeMinutes, columns.runtimeMinutes, from, count, passes);
  if (program.genres) anyBit(program.genres, columns, from, count, passes);
  if (program.availableAt !== undefined) available(program, columns, from, count, passes);
  if (program.excluded) exclude(program.excluded, from, count, passes);
  return passes.subarray(0, count).includes(1);
}

type Numbers = Float64Array | Uint8Array;

function atMost(limit: number, column: Numbers, from: number, count: number, passes: Uint8Array): void {
  for (let i = 0; i < count; i++) passes[i] = passes[i]! & Number(column[from + i]! <= limit);
}

function atLeast(limit: number, column: Numbers, from: number, count: number, passes: Uint8Array): void {
  for (let i = 0; i < count; i++) passes[i] = passes[i]! & Number(column[from + i]! >= limit);
}

function maskByOrdinal(
  mask: Uint8Array,
  column: Uint16Array,
  from: number,
  count: number,
  passes: Uint8Array,
): void {
  for (let i = 0; i < count; i++) passes[i] = passes[i]! & mask[column[from + i]!]!;
}

function anyBit(
  wanted: Uint32Array,
  columns: Columns,
  from: number,
  count: number,
  passes: Uint8Array,
): void {
  const { genres, genreWords } = columns;
  for (let i = 0; i < count; i++) {
    let bits = 0;
    for (let word = 0; word < genreWords; word++)
      bits |= wanted[word]! & genres[(from + i) * genreWords + word]!;
    passes[i] = passes[i]! & Number(bits !== 0);
  }
}

function available(
  program: FilterProgram,
  columns: Columns,
  from: number,
  count: number,
  passes: Uint8Array,
): void {
  const at = program.availableAt!;
  const inside = program.regionSets!;
  const { windowFrom, windowTo, windowRegions, windowsPerRow } = columns;
  // Nearly every title has one window and is inside it, so these branches are foreseen and cost nothing.
  for (let i = 0; i < count; i++) {
    let window = (from + i) * windowsPerRow;
    const end = window + windowsPerRow;
    while (
      window < end &&
      !(windowFrom[window]! <= at && at < windowTo[window]! && inside[windowRegions[window]!] === 1)
    ) {
      window++;
    }
    if (window === end) passes[i] = 0;
  }
}

function exclude(excluded: Uint32Array, from: number, count: number, passes: Uint8Array): void {
  for (let next = lowerBound(excluded, from); next < excluded.length; next++) {
    const row = excluded[next]! - from;
    if (row >= count) return;
    passes[row] = 0;
  }
}

/** Index of the first element that is not below `value`. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
