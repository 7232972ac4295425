/** assembly/histograms.ts in plain TypeScript: what the kernels are held to. Layouts and parameters are described there. */
import type { MemoryViews } from './memory-views.ts';

const GROUP_BYTES = 49_152;
const CUTS = 256;
const BAND_GROUPS = 8;
/** Doubles of one column's sums, and of one bin's. */
const COLUMN = 768;
const BIN = 3;

export function histogramKernels({ u8, u32, i32, f32, f64 }: MemoryViews) {
  return {
    binRows(
      ...[chunk, , perChunk, staged, columns, stage, cuts, categorical, firstRow, ...places]: number[]
    ): number {
      const [stride, bins, rows, columnBins] = places;
      const last = Math.min((chunk! + 1) * perChunk!, staged!);
      for (let row = chunk! * perChunk!; row < last; row++) {
        for (let column = 0; column < columns!; column++) {
          const value = f32[stage! / 4 + row * columns! + column]!;
          const table = cuts! / 4 + column * CUTS;
          let below = 0;
          while (f32[table + below]! < value) below++;
          let bin = below + 1;
          if (u8[categorical! + column] !== 0) {
            if (f32[table + below] !== value || value === Number.POSITIVE_INFINITY) bin = 0;
          } else if (Number.isNaN(value)) {
            bin = 0;
          }
          u8[bins! + (firstRow! + row) * stride! + column] = bin;
          u8[columnBins! + column * rows! + firstRow! + row] = bin;
        }
      }
      return 0;
    },

    histogramRows(
      ...[chunk, , perPart, begin, end, rowList, gradients, bins, stride, groups, groupList, into]: number[]
    ): number {
      const bands = Math.ceil(groups! / BAND_GROUPS);
      const part = Math.floor(chunk! / bands);
      const firstGroup = (chunk! % bands) * BAND_GROUPS;
      const own = Math.min(BAND_GROUPS, groups! - firstGroup);
      const sums = (into! + (part * groups! + firstGroup) * GROUP_BYTES) / 8;
      f64.fill(0, sums, sums + (own * GROUP_BYTES) / 8);
      const first = begin! + part * perPart!;
      const last = Math.min(first + perPart!, end!);
      for (let i = first; i < last; i++) {
        const row = u32[rowList! / 4 + i]!;
        const low = i32[gradients! / 4 + 2 * row]!;
        const gradient = i32[gradients! / 4 + 2 * row + 1]! >> 5;
        const hessian = (low >>> 15) & 0xff;
        const count = low & 1;
        for (let place = 0; place < own; place++) {
          const from = bins! + row * stride! + 8 * u32[groupList! / 4 + firstGroup + place]!;
          for (let column = 0; column < 8; column++) {
            const at = sums + (8 * place + column) * COLUMN + u8[from + column]! * BIN;
            f64[at]! += gradient;
            f64[at + 1]! += hessian;
            f64[at + 2]! += count;
          }
        }
      }
      return 0;
    },

    mergeHistograms(...[chunk, , parts, groups, from, into, parent]: number[]): number {
      const offset = (chunk! * GROUP_BYTES) / 8;
      const step = (groups! * GROUP_BYTES) / 8;
      for (let at = offset; at < offset + GROUP_BYTES / 8; at++) {
        let sum = 0;
        for (let part = 0; part < parts!; part++) sum += f64[from! / 8 + at + part * step]!;
        f64[into! / 8 + at] = sum;
        if (parent !== 0) f64[parent! / 8 + at]! -= sum;
      }
      return 0;
    },
  };
}
