/** What is drawn as a whole when a log is drawn anew: a row, or all rows of a viewer. */
import type { LoggedActions } from './logged-actions.ts';

export interface Units {
  readonly units: number;
  unitOf(row: number): number;
}

export function unitsOf({ action, unit }: Pick<LoggedActions, 'action' | 'unit'>): Units {
  if (unit === undefined) return { units: action.length, unitOf: (row) => row };
  return { units: unit.reduce((most, one) => Math.max(most, one), 0) + 1, unitOf: (row) => unit[row]! };
}

/** Sum of each unit's values; the values themselves where every row is a unit. */
export function sumsOfUnits(values: Float64Array, log: Pick<LoggedActions, 'action' | 'unit'>): Float64Array {
  if (log.unit === undefined) return values;
  const { units, unitOf } = unitsOf(log);
  const sums = new Float64Array(units);
  for (let row = 0; row < values.length; row++) sums[unitOf(row)]! += values[row]!;
  return sums;
}

/**
 * By unit, what it adds to the mean of all rows: their mean is that of the rows, and their bootstrap that of the ratio of two sums over
 * units, rewards and rows, to first order. The values themselves where every row is a unit.
 */
export function influenceOfUnits(
  values: Float64Array,
  log: Pick<LoggedActions, 'action' | 'unit'>,
): Float64Array {
  if (log.unit === undefined) return values;
  const { units, unitOf } = unitsOf(log);
  const rows = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / rows;
  const influence = new Float64Array(units).fill(mean);
  for (let row = 0; row < rows; row++) influence[unitOf(row)]! += ((values[row]! - mean) * units) / rows;
  return influence;
}
