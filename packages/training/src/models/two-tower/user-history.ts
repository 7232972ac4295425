/** A history as the user tower sees it: two means over its newest titles, and what is known besides. */
import type { TwoTowerSettings } from './two-tower-options.ts';

/** `historyLength`: log₂(1 + titles that count), over 8. */
export const CONTEXT_COLUMNS = ['historyLength'] as const;

export interface HistoryWeights {
  /** By place, the oldest first; each sums to 1. */
  readonly recent: Float32Array;
  readonly taste: Float32Array;
}

type HistorySettings = Pick<TwoTowerSettings, 'recentHalfLife' | 'tasteHalfLife'>;

/**
 * @param length of the part of the history that counts, above 0
 * @param completion by place, in (0, 1]: how much of each was watched; absent: all of all
 */
export function historyWeights(
  { recentHalfLife, tasteHalfLife }: HistorySettings,
  length: number,
  completion?: ArrayLike<number>,
): HistoryWeights {
  const weights = (halfLife: number): Float32Array => {
    const own = new Float32Array(length);
    let sum = 0;
    for (let place = 0; place < length; place++) {
      own[place] = 2 ** (-(length - 1 - place) / halfLife) * (completion?.[place] ?? 1);
      sum += own[place]!;
    }
    for (let place = 0; place < length; place++) own[place]! /= sum;
    return own;
  };
  return { recent: weights(recentHalfLife), taste: weights(tasteHalfLife) };
}

export function contextOf(length: number): number[] {
  return [Math.log2(1 + length) / 8];
}
