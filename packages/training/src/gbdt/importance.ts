/** How much a model makes of its columns: by what its splits gained, how many there are, and what shuffling a column costs. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { createRandom } from '@marquee/domain';
import { gbdtFigure } from './gbdt-metric.ts';
import { type GbdtModel, scoreGbdt } from './gbdt-model.ts';
import { GBDT_DEFAULTS } from './gbdt-options.ts';
import type { GbdtRows } from './gbdt-rows.ts';

export interface SplitImportance {
  /** By column: the sum of the gains of its splits; in units of the training loss. */
  readonly gain: Float64Array;
  /** By column: the number of its splits. */
  readonly splits: Uint32Array;
}

export function splitImportance(model: GbdtModel): SplitImportance {
  const gain = new Float64Array(model.columns);
  const splits = new Uint32Array(model.columns);
  for (const [node, column] of model.column.entries()) {
    if (column < 0) continue;
    gain[column]! += model.gain[node]!;
    splits[column]!++;
  }
  return { gain, splits };
}

/**
 * By column: how much worse the objective's figure becomes when the column's values are shuffled among rows (Breiman 2001), the mean of
 * some repetitions. 0 for a column the model does not ask.
 * @param data rows the model was not trained on; its matrix is not changed
 */
export async function permutationImportance(
  model: GbdtModel,
  data: GbdtRows,
  { seed, repetitions = 3, truncation = GBDT_DEFAULTS.truncation }: PermutationOptions,
): Promise<Float64Array> {
  const settings = { objective: model.objective, truncation };
  const sign = model.objective === 'lambda-rank' ? -1 : 1;
  const { rows, columns } = data;
  const figure = gbdtFigure(settings, scoreGbdt(model, data.matrix, rows), data);
  const asked = new Set(model.column);
  const matrix = data.matrix.slice(0, rows * columns);
  const importance = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    if (!asked.has(column)) continue;
    const random = createRandom(seed).fork(String(column));
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (let row = rows - 1; row > 0; row--) {
        const other = random.integer(row + 1) * columns + column;
        const own = row * columns + column;
        [matrix[own], matrix[other]] = [matrix[other]!, matrix[own]!];
      }
      const shuffled = gbdtFigure(settings, scoreGbdt(model, matrix, rows), data);
      importance[column]! += (sign * (shuffled - figure)) / repetitions;
      await nextTick();
    }
    for (let row = 0; row < rows; row++) {
      matrix[row * columns + column] = data.matrix[row * columns + column]!;
    }
  }
  return importance;
}

export interface PermutationOptions {
  readonly seed: number;
  readonly repetitions?: number;
  readonly truncation?: number;
}
