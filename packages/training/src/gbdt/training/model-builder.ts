/** Collects grown trees as the flat arrays of a model. */
import type { GbdtModel } from '../gbdt-model.ts';
import type { GbdtObjective } from '../gbdt-options.ts';
import type { ColumnBins } from './column-bins.ts';
import type { TreeLeaf, TreeNode } from './grow-tree.ts';

export interface ModelBuilder {
  readonly trees: number;
  /** @param values by leaf, in the order of `leavesOf` */
  add(tree: TreeNode, values: Float32Array): void;
  /** @param trees only the first so many */
  build(trees?: number): GbdtModel;
}

export function leavesOf(tree: TreeNode): TreeLeaf[] {
  return tree.children === undefined ? [tree.leaf] : tree.children.flatMap(leavesOf);
}

interface FlatNode {
  readonly column: number;
  readonly threshold: number;
  left: number;
  right: number;
  readonly missingLeft: number;
  readonly categories: readonly number[];
  readonly value: number;
  readonly gain: number;
  readonly cover: number;
}

export function createModelBuilder(
  objective: GbdtObjective,
  bins: readonly ColumnBins[],
  baseScore: number,
): ModelBuilder {
  const nodes: FlatNode[] = [];
  const treeStart = [0];
  return {
    get trees() {
      return treeStart.length - 1;
    },
    add(tree, values) {
      let leaf = 0;
      const append = (node: TreeNode): number => {
        const number = nodes.length;
        if (node.children === undefined) {
          nodes.push({ ...LEAF, value: values[leaf++]!, cover: node.leaf.total.count });
          return number;
        }
        const flat = flatSplit(node.leaf, bins);
        nodes.push(flat);
        flat.left = append(node.children[0]);
        flat.right = append(node.children[1]);
        return number;
      };
      append(tree);
      treeStart.push(nodes.length);
    },
    build(trees = treeStart.length - 1) {
      const kept = nodes.slice(0, treeStart[trees]);
      const categoryStart = new Uint32Array(kept.length + 1);
      for (const [i, { categories }] of kept.entries()) {
        categoryStart[i + 1] = categoryStart[i]! + categories.length;
      }
      return {
        objective,
        columns: bins.length,
        baseScore,
        treeStart: Uint32Array.from(treeStart.slice(0, trees + 1)),
        column: Int32Array.from(kept, ({ column }) => column),
        threshold: Float32Array.from(kept, ({ threshold }) => threshold),
        left: Uint32Array.from(kept, ({ left }) => left),
        right: Uint32Array.from(kept, ({ right }) => right),
        missingLeft: Uint8Array.from(kept, ({ missingLeft }) => missingLeft),
        categoryStart,
        categories: Float32Array.from(kept.flatMap(({ categories }) => categories)),
        value: Float32Array.from(kept, ({ value }) => value),
        gain: Float32Array.from(kept, ({ gain }) => gain),
        cover: Uint32Array.from(kept, ({ cover }) => cover),
      };
    },
  };
}

const LEAF: FlatNode = {
  ...{ column: -1, threshold: 0, left: 0, right: 0, missingLeft: 0, categories: [] },
  ...{ value: 0, gain: 0, cover: 0 },
};

function flatSplit({ best, total }: TreeLeaf, bins: readonly ColumnBins[]): FlatNode {
  const { column, gain, lastLeftBin, missingLeft, leftBins } = best!;
  const { edges } = bins[column]!;
  const numeric = leftBins === undefined;
  return {
    ...LEAF,
    column,
    // The last bin has no end: all numbers go left.
    threshold: numeric ? (edges[lastLeftBin - 1] ?? Number.POSITIVE_INFINITY) : 0,
    missingLeft: missingLeft ? 1 : 0,
    categories: numeric ? [] : leftBins.map((bin) => edges[bin - 1]!),
    gain,
    cover: total.count,
  };
}
