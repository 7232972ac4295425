/**
 * A model as if one of its columns had the same value everywhere: splits on that column are replaced by the way which the value goes. What
 * only training knows, such as the place a title was shown at, is asked of nobody afterwards.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type GbdtModel, goesLeft, treeCount } from './gbdt-model.ts';

interface Grown {
  readonly column: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly missingLeft: number[];
  readonly categoryStart: number[];
  readonly categories: number[];
  readonly value: number[];
  readonly gain: number[];
  readonly cover: number[];
}

/**
 * The last column, so that the others keep their numbers; the model asks one less.
 * @param value what the column is taken to be; NaN: missing
 * @throws MarqueeError BAD_USER_INPUT for a model without columns to spare
 */
export function fixLastColumn(model: GbdtModel, value: number): GbdtModel {
  if (model.columns < 2) throw new MarqueeError('BAD_USER_INPUT', 'the model has no column to spare');
  const fixed = model.columns - 1;
  const grown: Grown = {
    ...{ column: [], threshold: [], left: [], right: [], missingLeft: [] },
    ...{ categoryStart: [], categories: [], value: [], gain: [], cover: [] },
  };
  const treeStart = [0];
  for (let tree = 0; tree < treeCount(model); tree++) {
    copyNode(model, model.treeStart[tree]!, { fixed, value }, grown);
    treeStart.push(grown.column.length);
  }
  return {
    objective: model.objective,
    columns: fixed,
    baseScore: model.baseScore,
    treeStart: Uint32Array.from(treeStart),
    column: Int32Array.from(grown.column),
    threshold: Float32Array.from(grown.threshold),
    left: Uint32Array.from(grown.left),
    right: Uint32Array.from(grown.right),
    missingLeft: Uint8Array.from(grown.missingLeft),
    categoryStart: Uint32Array.from([...grown.categoryStart, grown.categories.length]),
    categories: Float32Array.from(grown.categories),
    value: Float32Array.from(grown.value),
    gain: Float32Array.from(grown.gain),
    cover: Uint32Array.from(grown.cover),
  };
}

/** @returns the node's new number */
function copyNode(
  model: GbdtModel,
  from: number,
  { fixed, value }: { readonly fixed: number; readonly value: number },
  grown: Grown,
): number {
  let node = from;
  while (model.column[node] === fixed) {
    node = goesLeft(model, node, value) ? model.left[node]! : model.right[node]!;
  }
  const place = grown.column.length;
  grown.column.push(model.column[node]!);
  grown.threshold.push(model.threshold[node]!);
  grown.left.push(0);
  grown.right.push(0);
  grown.missingLeft.push(model.missingLeft[node]!);
  grown.categoryStart.push(grown.categories.length);
  for (let i = model.categoryStart[node]!; i < model.categoryStart[node + 1]!; i++) {
    grown.categories.push(model.categories[i]!);
  }
  grown.value.push(model.value[node]!);
  grown.gain.push(model.gain[node]!);
  grown.cover.push(model.cover[node]!);
  if (model.column[node]! < 0) return place;
  grown.left[place] = copyNode(model, model.left[node]!, { fixed, value }, grown);
  grown.right[place] = copyNode(model, model.right[node]!, { fixed, value }, grown);
  // Rows that went the ways which are gone count no more: shares of ways add up to 1 again.
  grown.cover[place] = grown.cover[grown.left[place]!]! + grown.cover[grown.right[place]!]!;
  return place;
}
