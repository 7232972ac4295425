/** assembly/boosting-gradients.ts in plain TypeScript: what the kernels are held to. Parameters are described there. */
import type { MemoryViews } from './memory-views.ts';

const LOG2_E = Math.LOG2E;
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const ROUNDER = 6755399441055744;
const MIN_HESSIAN = 1e-16;
const ALL_ROWS = 0xffffffff;
/** 1 / 11!, 1 / 10!, … 1 / 0! */
const COEFFICIENTS = [39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1].map((f) => 1 / f);

export function exp(x: number): number {
  const y = Math.min(700, Math.max(-700, x));
  const n = y * LOG2_E + ROUNDER - ROUNDER;
  const r = y - n * LN2_HIGH - n * LN2_LOW;
  let p = COEFFICIENTS[0]!;
  for (let k = 1; k < COEFFICIENTS.length; k++) p = p * r + COEFFICIENTS[k]!;
  return p * 2 ** n;
}

export function mixed(row: number, seed: number): number {
  let x = (Math.imul(row, 0x9e3779b1) + seed) | 0;
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b);
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b);
  return ((x >>> 16) ^ x) >>> 0;
}

export function gradientKernels({ u32, i32, f32, f64 }: MemoryViews) {
  function pointwise(
    parameters: readonly number[],
    derivatives: (score: number, label: number) => readonly [gradient: number, hessian: number],
  ): number {
    const [chunk, , perChunk, rows, scores, labels, weights, pairs, greatest] = parameters as readonly [
      ...[number, number, number, number, number, number, number, number, number],
    ];
    const last = Math.min((chunk + 1) * perChunk, rows);
    let maxGradient = 0;
    let maxHessian = 0;
    for (let row = chunk * perChunk; row < last; row++) {
      const weight = weights === 0 ? 1 : f32[weights / 4 + row]!;
      const [gradient, hessian] = derivatives(f32[scores / 4 + row]!, f32[labels / 4 + row]!);
      const at = pairs / 4 + 2 * row;
      f32[at] = weight * gradient;
      f32[at + 1] = weight * hessian;
      maxGradient = Math.max(maxGradient, Math.abs(f32[at]!));
      maxHessian = Math.max(maxHessian, f32[at + 1]!);
    }
    f32[greatest / 4 + 2 * chunk] = maxGradient;
    f32[greatest / 4 + 2 * chunk + 1] = maxHessian;
    return 0;
  }

  return {
    logisticGradients(...parameters: number[]): number {
      return pointwise(parameters, (score, label) => {
        const probability = 1 / (1 + exp(-score));
        return [probability - label, Math.max(MIN_HESSIAN, probability * (1 - probability))];
      });
    },

    squaredGradients(...parameters: number[]): number {
      return pointwise(parameters, (score, label) => [score - label, 1]);
    },

    lambdaRankGradients(...parameters: number[]): number {
      const [chunk, , perChunk, groups, scores, labels, weights, pairs, greatest, ...places] = parameters as [
        ...[number, number, number, number, number, number, number, number, number],
        ...number[],
      ];
      const [groupStart, ideal, gains, discounts, truncation] = places as [
        ...[number, number, number, number, number],
      ];
      const scoreOf = (row: number): number => f32[scores / 4 + row]!;
      const labelOf = (row: number): number => f32[labels / 4 + row]!;
      const discount = (rank: number): number => f64[discounts / 8 + rank]!;
      let maxGradient = 0;
      let maxHessian = 0;
      for (let group = chunk * perChunk; group < Math.min((chunk + 1) * perChunk, groups); group++) {
        const first = u32[groupStart / 4 + group]!;
        const count = u32[groupStart / 4 + group + 1]! - first;
        f32.fill(0, pairs / 4 + 2 * first, pairs / 4 + 2 * (first + count));
        const perfect = f64[ideal / 8 + group]!;
        if (count < 2 || perfect === 0) continue;
        const weight = weights === 0 ? 1 : f32[weights / 4 + first]!;
        const order = Array.from({ length: count }, (_, i) => first + i).sort(
          (a, b) => scoreOf(b) - scoreOf(a) || a - b,
        );
        const gradients = new Float64Array(count);
        const hessians = new Float64Array(count);
        for (let i = 0; i < Math.min(truncation, count - 1); i++) {
          const upper = order[i]!;
          let upperGradient = 0;
          let upperHessian = 0;
          for (let j = i + 1; j < count; j++) {
            const lower = order[j]!;
            if (labelOf(upper) === labelOf(lower)) continue;
            const gainChange = Math.abs(f64[gains / 8 + upper]! - f64[gains / 8 + lower]!);
            const change = gainChange * (discount(i) - discount(j)) * perfect;
            const difference = scoreOf(upper) - scoreOf(lower);
            const right = labelOf(upper) > labelOf(lower);
            const rho = 1 / (1 + exp(right ? difference : -difference));
            const lambda = weight * change * rho;
            const gradient = right ? -lambda : lambda;
            const hessian = weight * change * rho * (1 - rho);
            upperGradient += gradient;
            upperHessian += hessian;
            gradients[j]! -= gradient;
            hessians[j]! += hessian;
          }
          gradients[i]! += upperGradient;
          hessians[i]! += upperHessian;
        }
        for (let i = 0; i < count; i++) {
          const at = pairs / 4 + 2 * order[i]!;
          f32[at] = gradients[i]!;
          f32[at + 1] = hessians[i]!;
          maxGradient = Math.max(maxGradient, Math.abs(f32[at]!));
          maxHessian = Math.max(maxHessian, f32[at + 1]!);
        }
      }
      f32[greatest / 4 + 2 * chunk] = maxGradient;
      f32[greatest / 4 + 2 * chunk + 1] = maxHessian;
      return 0;
    },

    packGradients(
      ...[chunk, , perChunk, rows, pairs, packed, gradientScale, hessianScale, seed, sampled]: number[]
    ): number {
      const last = Math.min((chunk! + 1) * perChunk!, rows!);
      for (let row = chunk! * perChunk!; row < last; row++) {
        const out = packed! / 4 + 2 * row;
        if (sampled !== ALL_ROWS && mixed(row, seed! ^ 0x5bd1e995) >= sampled!) {
          i32[out] = 0;
          i32[out + 1] = 0;
          continue;
        }
        const random = mixed(row, seed!);
        const gradient = Math.floor(
          f32[pairs! / 4 + 2 * row]! * gradientScale! + (random & 0xffff) * (1 / 65536),
        );
        const hessian = Math.floor(
          f32[pairs! / 4 + 2 * row + 1]! * hessianScale! + (random >>> 16) * (1 / 65536),
        );
        i32[out] = (hessian << 15) + 1;
        i32[out + 1] = gradient << 5;
      }
      return 0;
    },
  };
}
