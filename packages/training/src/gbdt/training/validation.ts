/** Follows an ensemble's figure on rows it does not learn from, tree by tree, and says when it has stopped getting better. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { gbdtFigure } from '../gbdt-metric.ts';
import { addTrees, type GbdtModel } from '../gbdt-model.ts';
import type { GbdtSettings } from '../gbdt-options.ts';
import type { GbdtRows } from '../gbdt-rows.ts';

const SLICE_ROWS = 4_096;

export interface Validation {
  /** @param tree a model of the newest tree alone. @returns the figure of all so far */
  add(tree: GbdtModel): Promise<number>;
  readonly bestTrees: number;
  /** Whether so many trees in a row were no better. */
  readonly exhausted: boolean;
}

export function createValidation(data: GbdtRows, settings: GbdtSettings, baseScore: number): Validation {
  const scores = data.margins
    ? Float64Array.from(data.margins.subarray(0, data.rows))
    : new Float64Array(data.rows).fill(baseScore);
  const better = settings.objective === 'lambda-rank' ? 1 : -1;
  let trees = 0;
  let bestTrees = 0;
  // What was there before may be all there is to say; a mean alone never is.
  let best = data.margins ? better * gbdtFigure(settings, scores, data) : Number.NEGATIVE_INFINITY;
  return {
    async add(tree) {
      for (let from = 0; from < data.rows; from += SLICE_ROWS) {
        addTrees(tree, data.matrix, scores, [from, Math.min(data.rows, from + SLICE_ROWS)]);
        await nextTick();
      }
      trees++;
      const figure = gbdtFigure(settings, scores, data);
      if (better * figure > best) {
        best = better * figure;
        bestTrees = trees;
      }
      return figure;
    },
    get bestTrees() {
      return bestTrees;
    },
    get exhausted() {
      return settings.earlyStopping > 0 && trees - bestTrees >= settings.earlyStopping;
    },
  };
}
