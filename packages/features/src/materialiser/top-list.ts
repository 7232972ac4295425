/** The best `bound` of a stream of scored titles, without keeping them all. */
import type { TitleId } from '@marquee/domain';

interface Scored {
  readonly titleId: TitleId;
  readonly score: number;
}

export interface TopList {
  readonly size: number;
  has(titleId: TitleId): boolean;
  /** A title that is in the list stays with its score. */
  offer(titleId: TitleId, score: number): void;
  /** Best first; equal scores by id. */
  best(): readonly Scored[];
}

export function createTopList(bound: number): TopList {
  const kept: Scored[] = [];
  let ids = new Set<TitleId>();
  let floor = Number.NEGATIVE_INFINITY;
  const cut = (): void => {
    kept.sort(bestFirst);
    if (kept.length > bound) {
      kept.length = bound;
      ids = new Set(kept.map((entry) => entry.titleId));
    }
    // Below the last place's score nothing can enter any more.
    if (kept.length === bound) floor = kept[bound - 1]!.score;
  };
  return {
    get size() {
      return Math.min(bound, kept.length);
    },
    has: (titleId) => ids.has(titleId),
    offer(titleId, score) {
      if (!(score >= floor) || ids.has(titleId)) return;
      kept.push({ titleId, score });
      ids.add(titleId);
      // Sorting when twice the bound has gathered costs a logarithm per offer, as a heap would.
      if (kept.length >= 2 * bound) cut();
    },
    best() {
      cut();
      return kept;
    },
  };
}

const bestFirst = (a: Scored, b: Scored): number =>
  b.score - a.score || (a.titleId < b.titleId ? -1 : a.titleId > b.titleId ? 1 : 0);
