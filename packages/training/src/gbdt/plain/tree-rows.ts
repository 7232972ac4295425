/** assembly/tree-rows.ts in plain TypeScript: what the kernels are held to. Parameters are described there. */
import type { MemoryViews } from './memory-views.ts';

export function treeRowKernels({ u8, u16, u32, i32, f32, f64 }: MemoryViews) {
  return {
    partitionRows(
      ...[chunk, , perChunk, begin, end, rowList, leftRows, rightRows, bins, table, counts]: number[]
    ): number {
      const first = begin! + chunk! * perChunk!;
      const last = Math.min(first + perChunk!, end!);
      let left = 0;
      let right = 0;
      for (let i = first; i < last; i++) {
        const row = u32[rowList! / 4 + i]!;
        if (u8[table! + u8[bins! + row]!] === 1) u32[leftRows! / 4 + first + left++] = row;
        else u32[rightRows! / 4 + first + right++] = row;
      }
      u32[counts! / 4 + chunk!] = left;
      return 0;
    },

    placeRows(
      ...[chunk, , perChunk, begin, end, rowList, leftRows, rightRows, counts, leftPlaces]: number[]
    ): number {
      const first = begin! + chunk! * perChunk!;
      const count = Math.min(perChunk!, end! - first);
      const left = u32[counts! / 4 + chunk!]!;
      const leftAt = u32[leftPlaces! / 4 + chunk!]!;
      const chunks = Math.ceil((end! - begin!) / perChunk!);
      const rightAt = u32[leftPlaces! / 4 + chunks]! + (first - begin!) - (leftAt - begin!);
      const list = rowList! / 4;
      u32.copyWithin(list + leftAt, leftRows! / 4 + first, leftRows! / 4 + first + left);
      u32.copyWithin(list + rightAt, rightRows! / 4 + first, rightRows! / 4 + first + count - left);
      return 0;
    },

    markLeaves(...[chunk, , blocks, rowList, leaves]: number[]): number {
      const block = blocks! / 4 + 3 * chunk!;
      for (let i = u32[block]!; i < u32[block + 1]!; i++) {
        u16[leaves! / 2 + u32[rowList! / 4 + i]!] = u32[block + 2]!;
      }
      return 0;
    },

    sumLeaves(...[chunk, , perChunk, rows, pairs, packed, leaves, count, sums]: number[]): number {
      const own = sums! / 8 + 2 * chunk! * count!;
      f64.fill(0, own, own + 2 * count!);
      for (let row = chunk! * perChunk!; row < Math.min((chunk! + 1) * perChunk!, rows!); row++) {
        if (packed !== 0 && i32[packed! / 4 + 2 * row] === 0) continue;
        const at = own + 2 * u16[leaves! / 2 + row]!;
        f64[at]! += f32[pairs! / 4 + 2 * row]!;
        f64[at + 1]! += f32[pairs! / 4 + 2 * row + 1]!;
      }
      return 0;
    },

    addScores(...[chunk, , perChunk, rows, leaves, values, scores]: number[]): number {
      for (let row = chunk! * perChunk!; row < Math.min((chunk! + 1) * perChunk!, rows!); row++) {
        f32[scores! / 4 + row]! += f32[values! / 4 + u16[leaves! / 2 + row]!]!;
      }
      return 0;
    },
  };
}
