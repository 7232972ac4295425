/**
 * What the leaves of a grown tree are worth, from the exact gradients of their rows, which the splits were found without;
 * and the rows' new scores. Sums are made by chunks of rows and added in their order.
 */
import type { GbdtSettings } from '../gbdt-options.ts';
import { BLOCK_ROWS, type BoostingState, sumChunks, sumRows } from './boosting-state.ts';
import type { TreeLeaf } from './grow-tree.ts';
import type { KernelRunner } from './kernel-runner.ts';
import { leafValue } from './leaf-sums.ts';

const ROW_NS = 2;

/** @returns by leaf, times the learning rate */
export async function applyTree(
  state: BoostingState,
  runner: KernelRunner,
  leaves: readonly TreeLeaf[],
  settings: GbdtSettings,
): Promise<Float32Array> {
  const { at, blocks, leafSums, rows } = state;
  const work = rows * ROW_NS;
  let marked = 0;
  for (const [leaf, { begin, end }] of leaves.entries()) {
    for (let first = begin; first < end; first += BLOCK_ROWS) {
      blocks.set([first, Math.min(end, first + BLOCK_ROWS), leaf], 3 * marked++);
    }
  }
  await runner.run('markLeaves', marked, work, at.blocks, at.rowList, at.leaves);
  const perChunk = sumRows(settings.leaves);
  const chunks = sumChunks(rows, settings);
  const packed = settings.rowFraction < 1 ? at.packed : 0;
  await runner.run(
    'sumLeaves',
    chunks,
    work,
    ...[perChunk, rows, at.pairs, packed, at.leaves, leaves.length, at.leafSums],
  );
  const sums = new Float64Array(2 * leaves.length);
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (let i = 0; i < sums.length; i++) sums[i]! += leafSums[chunk * sums.length + i]!;
  }
  const values = Float32Array.from(leaves, ({ bounds }, leaf) => {
    const value = leafValue(sums[2 * leaf]!, sums[2 * leaf + 1]!, settings.l1, settings.l2, bounds);
    return value * settings.learningRate;
  });
  state.values.set(values);
  await runner.run('addScores', chunks, work, perChunk, rows, at.leaves, at.values, at.scores);
  return values;
}
