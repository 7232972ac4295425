/**
 * The collaborative model as serving and training ask it: iALS vectors of titles, and profiles that are folded in when they
 * are asked about, so that a new profile, or one that has just watched something, needs no training.
 *
 * What a score rests on is known exactly (Hu, Koren & Volinsky 2008, section 5): the profile's vector is A⁻¹ Σ hⱼ over its
 * watches, so a title's score is Σ hᵢᵀ A⁻¹ hⱼ, and each term is one watch's share.
 */
import { setImmediate } from 'node:timers/promises';
import type { TitleId } from '@marquee/domain';
import type { Factors } from '../models/ials/factorise.ts';
import { createFoldIn, type FoldInSettings } from '../models/ials/fold-in.ts';

const IDS_AT_ONCE = 4_096;

export interface CollaborativeFactors extends Pick<Factors, 'items' | 'itemGram' | 'knownItems'> {
  /** In the order of the rows of `items`. */
  readonly titleIds: readonly TitleId[];
  readonly settings: FoldInSettings;
}

export interface CollaborativeModel {
  readonly dimensions: number;
  readonly titleIds: readonly TitleId[];
  /** A view of the title's vector; undefined for titles that the model does not know. */
  vectorOf(id: TitleId): Float32Array | undefined;
  /**
   * Some ten microseconds for 20 titles at 64 dimensions, on the calling thread.
   * @param history distinct titles; their order does not count
   * @returns undefined where the model knows none of them: it has nothing to say
   */
  fold(history: readonly TitleId[]): FoldedProfile | undefined;
}

/** One profile's view of the titles. Stays valid whatever is folded in later. */
export interface FoldedProfile {
  readonly vector: Float32Array;
  /** About 0 to 1; 0 for titles that the model does not know. */
  score(id: TitleId): number;
  /**
   * The watches that a title's score is made of, most first. All shares add up to the score; one below 0 speaks
   * against the title.
   */
  contributions(id: TitleId): readonly Contribution[];
}

export interface Contribution {
  readonly titleId: TitleId;
  readonly share: number;
}

export function createCollaborativeModel(factors: CollaborativeFactors): CollaborativeModel {
  return modelOf(factors, new Map(factors.titleIds.map((id, row) => [id, row])));
}

/** The same in small steps, for a process that answers others meanwhile. */
export async function openCollaborativeModel(factors: CollaborativeFactors): Promise<CollaborativeModel> {
  const rowOf = new Map<TitleId, number>();
  for (const [row, id] of factors.titleIds.entries()) {
    rowOf.set(id, row);
    if (row % IDS_AT_ONCE === 0) await setImmediate();
  }
  return modelOf(factors, rowOf);
}

function modelOf(factors: CollaborativeFactors, rowOf: ReadonlyMap<TitleId, number>): CollaborativeModel {
  const { titleIds, settings } = factors;
  const { dimensions } = settings;
  const foldIn = createFoldIn(factors, settings);
  const vectorAt = (row: number): Float32Array =>
    foldIn.itemVectors.subarray(row * dimensions, (row + 1) * dimensions);
  const vectorOf = (id: TitleId): Float32Array | undefined => {
    const row = rowOf.get(id);
    return row === undefined ? undefined : vectorAt(row);
  };
  return {
    dimensions,
    titleIds,
    vectorOf,
    fold(history) {
      const known = history.filter((id) => rowOf.has(id));
      if (known.length === 0) return undefined;
      const vector = foldIn.vectorOf(Uint32Array.from(known, (id) => rowOf.get(id)!)).slice();
      const factor = foldIn.normalFactor();
      let influences: readonly Float64Array[] | undefined;
      return {
        vector,
        // Asked thousands of times for a page: a view of the vector would cost more than the product.
        score(id) {
          const row = rowOf.get(id);
          return row === undefined ? 0 : dotAt(foldIn.itemVectors, row * dimensions, vector);
        },
        contributions(id) {
          const own = vectorOf(id);
          if (own === undefined) return [];
          influences ??= known.map((watched) => solved(factor, vectorOf(watched)!));
          return influences
            .map((influence, i) => ({ titleId: known[i]!, share: dot(own, influence) }))
            .sort((a, b) => b.share - a.share || (a.titleId < b.titleId ? -1 : 1));
        },
      };
    },
  };
}

function dot(a: Float32Array, b: Float32Array | Float64Array): number {
  return dotAt(a, 0, b);
}

/** Of `b` and as much of `a` from `at` on. */
function dotAt(a: Float32Array, at: number, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[at + k]! * b[k]!;
  return sum;
}

/** x of UᵀU x = b. */
function solved(factor: Float32Array, b: Float32Array): Float64Array {
  const d = b.length;
  const x = new Float64Array(b);
  for (let k = 0; k < d; k++) {
    const value = x[k]! / factor[k * d + k]!;
    x[k] = value;
    for (let c = k + 1; c < d; c++) x[c]! -= value * factor[k * d + c]!;
  }
  for (let k = d - 1; k >= 0; k--) {
    let value = x[k]!;
    for (let c = k + 1; c < d; c++) value -= factor[k * d + c]! * x[c]!;
    x[k] = value / factor[k * d + k]!;
  }
  return x;
}
