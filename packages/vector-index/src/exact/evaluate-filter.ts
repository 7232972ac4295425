/**
 * Evaluates a filter column by column over one chunk of rows. Loops over typed arrays without branches on the
 * rows' values: about a nanosecond per row and condition.
 */

import { lowerBound } from '@marquee/domain/lower-bound';
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

/** The same of one row, without lists: for those who ask about a few. */
export function rowPasses(program: FilterProgram, columns: Columns, live: Uint8Array, row: number): boolean {
  const { kinds, genres, excluded, releasedFrom, releasedTo, maxRuntimeMinutes, maxMaturityLevel } = program;
  return (
    live[row] === 1 &&
    (kinds === undefined || kinds[columns.kind[row]!] === 1) &&
    (maxMaturityLevel === undefined || columns.maturityLevel[row]! <= maxMaturityLevel) &&
    (releasedFrom === undefined || columns.releaseYear[row]! >= releasedFrom) &&
    (releasedTo === undefined || columns.releaseYear[row]! <= releasedTo) &&
    (maxRuntimeMinutes === undefined || columns.runtimeMinutes[row]! <= maxRuntimeMinutes) &&
    (genres === undefined || hasAnyBit(genres, columns, row)) &&
    (program.availableAt === undefined || isAvailable(program, columns, row)) &&
    (excluded === undefined || excluded[lowerBound(excluded, row)] !== row)
  );
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
  for (let i = 0; i < count; i++) passes[i] = passes[i]! & Number(hasAnyBit(wanted, columns, from + i));
}

function hasAnyBit(wanted: Uint32Array, { genres, genreWords }: Columns, row: number): boolean {
  let bits = 0;
  for (let word = 0; word < genreWords; word++) bits |= wanted[word]! & genres[row * genreWords + word]!;
  return bits !== 0;
}

function available(
  program: FilterProgram,
  columns: Columns,
  from: number,
  count: number,
  passes: Uint8Array,
): void {
  for (let i = 0; i < count; i++) if (!isAvailable(program, columns, from + i)) passes[i] = 0;
}

/** Nearly every title has one window and is inside it, so these branches are foreseen and cost nothing. */
function isAvailable(program: FilterProgram, columns: Columns, row: number): boolean {
  const at = program.availableAt!;
  const inside = program.regionSets!;
  const { windowFrom, windowTo, windowRegions, windowsPerRow } = columns;
  const end = (row + 1) * windowsPerRow;
  for (let window = row * windowsPerRow; window < end; window++) {
    if (windowFrom[window]! <= at && at < windowTo[window]! && inside[windowRegions[window]!] === 1)
      return true;
  }
  return false;
}

function exclude(excluded: Uint32Array, from: number, count: number, passes: Uint8Array): void {
  for (let next = lowerBound(excluded, from); next < excluded.length; next++) {
    const row = excluded[next]! - from;
    if (row >= count) return;
    passes[row] = 0;
  }
}
