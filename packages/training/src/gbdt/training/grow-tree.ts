/**
 * Grows one tree, leaf-wise: the leaf whose split lowers the loss most is split next, until there are as many as allowed.
 * Only the smaller child's histogram is summed up; the larger one's is what remains of the parent's.
 */
import type { GbdtSettings } from '../gbdt-options.ts';
import { BIN_DOUBLES, BINS, type BoostingState } from './boosting-state.ts';
import { bestCategoricalSplit } from './categorical-split.ts';
import type { ColumnBins } from './column-bins.ts';
import type { KernelRunner } from './kernel-runner.ts';
import { createLeafHistograms, type LeafHistograms } from './leaf-histograms.ts';
import { type Bounds, leafValue, type Sums, UNBOUNDED } from './leaf-sums.ts';
import { bestNumericSplit } from './numeric-split.ts';
import { partitionRows } from './row-partition.ts';
import type { Split } from './split.ts';

export interface TreeLeaf {
  /** Its rows in the row list. */
  readonly begin: number;
  readonly end: number;
  readonly depth: number;
  readonly bounds: Bounds;
  readonly total: Sums;
  /** Its histogram's, −1 where there is none. */
  readonly slot: number;
  readonly best: Split | undefined;
}

/** A node of a growing tree: what it is, or was, as a leaf; with children once its best split has been made. */
export interface TreeNode {
  readonly leaf: TreeLeaf;
  children?: readonly [left: TreeNode, right: TreeNode];
}

export interface TreeQuestion {
  readonly state: BoostingState;
  readonly runner: KernelRunner;
  readonly settings: GbdtSettings;
  readonly bins: readonly ColumnBins[];
  /** Columns that this tree may use, ascending. */
  readonly columns: readonly number[];
  readonly gradientUnit: number;
  readonly hessianUnit: number;
}

export async function growTree(question: TreeQuestion): Promise<TreeNode> {
  const { state, runner, settings, columns } = question;
  const histograms = createLeafHistograms(state, runner, columns);
  for (let row = 0; row < state.rows; row++) state.rowList[row] = row;
  await histograms.make(0, 0, state.rows);
  const total = totalOf(question, histograms.offset(0, columns[0]!));
  const root = withBest(question, histograms, {
    ...{ begin: 0, end: state.rows, depth: 0, bounds: UNBOUNDED, total, slot: 0 },
  });
  const tree: TreeNode = { leaf: root };
  const open: TreeNode[] = [tree];
  for (let leaves = 1; leaves < settings.leaves; leaves++) {
    const next = greatestGain(open);
    if (next === undefined) break;
    // The last split's children are not split any more.
    const splittable = leaves + 1 < settings.leaves;
    const [left, right] = await splitLeaf(question, histograms, next.leaf, leaves, splittable);
    next.children = [{ leaf: left }, { leaf: right }];
    open.splice(open.indexOf(next), 1, ...next.children);
  }
  return tree;
}

/** Of equals the first. */
function greatestGain(open: readonly TreeNode[]): TreeNode | undefined {
  let greatest: TreeNode | undefined;
  for (const node of open) {
    const gain = node.leaf.best?.gain;
    if (gain !== undefined && gain > (greatest?.leaf.best?.gain ?? 0)) greatest = node;
  }
  return greatest;
}

/** @param slot a free one. @param splittable whether the children may be split in turn */
async function splitLeaf(
  question: TreeQuestion,
  histograms: LeafHistograms,
  leaf: TreeLeaf,
  slot: number,
  splittable: boolean,
): Promise<[TreeLeaf, TreeLeaf]> {
  const { state, runner, settings } = question;
  const split = leaf.best!;
  const middle = await partitionRows(state, runner, split, leaf.begin, leaf.end);
  const depth = leaf.depth + 1;
  const [leftBounds, rightBounds] = childBounds(leaf.bounds, split, settings);
  const children = [
    { ...{ begin: leaf.begin, end: middle, depth, bounds: leftBounds, total: split.left, slot: -1 } },
    { ...{ begin: middle, end: leaf.end, depth, bounds: rightBounds, total: split.right, slot: -1 } },
  ] as const;
  const wanted = ({ total }: { readonly total: Sums }): boolean =>
    splittable &&
    total.count >= 2 * settings.minChildRows &&
    (settings.maxDepth === 0 || depth < settings.maxDepth);
  if (!children.some(wanted)) return [withoutBest(children[0]), withoutBest(children[1])];
  const leftIsSmaller = middle - leaf.begin <= leaf.end - middle;
  const smaller = children[leftIsSmaller ? 0 : 1];
  await histograms.make(slot, smaller.begin, smaller.end, leaf.slot);
  const [left, right] = children.map((child) => {
    const own = { ...child, slot: child === smaller ? slot : leaf.slot };
    return wanted(child) ? withBest(question, histograms, own) : withoutBest(own);
  }) as [TreeLeaf, TreeLeaf];
  return [left, right];
}

function withoutBest(leaf: Omit<TreeLeaf, 'best'>): TreeLeaf {
  return { ...leaf, best: undefined };
}

function withBest(
  question: TreeQuestion,
  histograms: LeafHistograms,
  leaf: Omit<TreeLeaf, 'best'>,
): TreeLeaf {
  const { state, settings, bins, columns, gradientUnit, hessianUnit } = question;
  let best: Split | undefined;
  for (const column of columns) {
    const { categorical, bins: count } = bins[column]!;
    const find = categorical ? bestCategoricalSplit : bestNumericSplit;
    const split = find(
      { sums: state.sums, offset: histograms.offset(leaf.slot, column), bins: count, column },
      {
        ...{ settings, total: leaf.total, bounds: leaf.bounds, gradientUnit, hessianUnit },
        direction: settings.monotone[column] ?? 0,
      },
      best?.gain ?? settings.minGain,
    );
    // A later column must be better: ties go to the first.
    best = split ?? best;
  }
  return { ...leaf, best };
}

/** Sums of the whole: those of all bins of any one column. */
function totalOf({ state, gradientUnit, hessianUnit }: TreeQuestion, offset: number): Sums {
  let gradient = 0;
  let hessian = 0;
  let count = 0;
  for (let at = offset; at < offset + BINS * BIN_DOUBLES; at += BIN_DOUBLES) {
    gradient += state.sums[at]!;
    hessian += state.sums[at + 1]!;
    count += state.sums[at + 2]!;
  }
  return { gradient: gradient * gradientUnit, hessian: hessian * hessianUnit, count };
}

/** What the children of a split on a monotone column may be worth: no more, or no less, than the middle of the two. */
function childBounds(
  bounds: Bounds,
  { column, left, right }: Split,
  settings: GbdtSettings,
): [Bounds, Bounds] {
  const direction = settings.monotone[column] ?? 0;
  if (direction === 0) return [bounds, bounds];
  const { l1, l2 } = settings;
  const middle =
    (leafValue(left.gradient, left.hessian, l1, l2, bounds) +
      leafValue(right.gradient, right.hessian, l1, l2, bounds)) /
    2;
  const below = { least: bounds.least, greatest: middle };
  const above = { least: middle, greatest: bounds.greatest };
  return direction === 1 ? [below, above] : [above, below];
}
