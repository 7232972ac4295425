/**
 * Columns that only training has, behind the served ones: where on the page a title stood, and how old the example is. The model learns what
 * they did to the outcome instead of blaming the title for it; then it is fixed to the first place and to today (`fixLastColumn`),
 * so that serving is asked for neither.
 *
 * Nothing about the label may hide in them: a random negative stands where its positive stood, and is as old.
 */
import { DAY_MS } from '@marquee/domain';
import { fixLastColumn } from '../gbdt/fix-column.ts';
import type { GbdtModel } from '../gbdt/gbdt-model.ts';
import type { GbdtRows } from '../gbdt/gbdt-rows.ts';
import type { RankingExamples } from './ranking-examples.ts';

const TRAINING_COLUMNS = 2;
const FIRST_PLACE = 0;
const TODAY = 0;

/** @param now instant that ages are counted from, epoch milliseconds */
export function withTrainingColumns(set: RankingExamples, now: number): GbdtRows {
  const columns = set.columns + TRAINING_COLUMNS;
  const matrix = new Float32Array(set.rows * columns);
  for (let row = 0; row < set.rows; row++) {
    matrix.set(set.matrix.subarray(row * set.columns, (row + 1) * set.columns), row * columns);
    matrix[row * columns + set.columns] = set.places?.[row] ?? Number.NaN;
    const at = set.at?.[row];
    matrix[row * columns + set.columns + 1] = at === undefined ? Number.NaN : Math.max(0, now - at) / DAY_MS;
  }
  return { matrix, rows: set.rows, columns, labels: set.labels, weights: set.weights };
}

/** The model as it is served. */
export function withoutTrainingColumns(model: GbdtModel): GbdtModel {
  return fixLastColumn(fixLastColumn(model, TODAY), FIRST_PLACE);
}
