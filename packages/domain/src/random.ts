/**
 * Seeded randomness. Every random choice in Marquee is drawn from a `Random` whose seed is recorded, so that
 * the same inputs give the same slate. The generator is xoroshiro128+ from pure-rand; the distributions on
 * top of it are the few that recommending and simulating need.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { hash32 } from './hash.ts';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Normal with the given mean and standard deviation (Box–Muller). */
  normal(mean?: number, deviation?: number): number;
  /** One element, uniformly. Throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** Index drawn with probability proportional to its weight; -1 when no weight is positive. */
  weighted(weights: ArrayLike<number>): number;
  /** A new list in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream that depends on this one's seed and the label, not on how much was drawn. */
  fork(label: string): Random;
}

export function createRandom(seed: number): Random {
  // Hashed first: the generator's first draws from neighbouring seeds are nearly the same number.
  const generator = xoroshiro128plus(hash32(String(seed)) | 0);
  // 2^-32: `next` has 32 random bits, ample for choices among at most millions.
  const next = (): number => (generator.next() >>> 0) * 2.3283064365386963e-10;
  let spare: number | undefined;
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    normal: (mean = 0, deviation = 1) => {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return mean + deviation * value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return mean + deviation * radius * Math.cos(angle);
    },
    pick: (items) => {
      if (items.length === 0) throw new RangeError('cannot pick from an empty list');
      return items[Math.floor(next() * items.length)]!;
    },
    weighted: (weights) => {
      let total = 0;
      for (let i = 0; i < weights.length; i++) total += Math.max(0, weights[i]!);
      if (total <= 0) return -1;
      let rest = next() * total;
      for (let i = 0; i < weights.length; i++) {
        rest -= Math.max(0, weights[i]!);
        if (rest < 0) return i;
      }
      return weights.length - 1;
    },
    shuffle: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    fork: (label) => createRandom(hash32(label, seed)),
  };
}
