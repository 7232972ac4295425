/** From what three kinds of neighbours say about one title to one ranked list. Pure. */
import type { TitleId } from '@marquee/domain';

export interface NeighbourEvidence {
  /** Who watched the title watched these: similarities, best first. */
  readonly coWatch: readonly { readonly titleId: TitleId; readonly score: number }[];
  /** Nearest content vectors: cosines, best first. */
  readonly content: readonly { readonly id: TitleId; readonly score: number }[];
  /** The best of its genre, best first. */
  readonly genre: readonly TitleId[];
}

export interface NeighbourWeights {
  readonly coWatch: number;
  readonly content: number;
  readonly genre: number;
}

/** For a title's page: what it is about first. */
export const MORE_LIKE_THIS_WEIGHTS: NeighbourWeights = { coWatch: 0.5, content: 0.7, genre: 0.1 };
/** For the end of a title: what others went on to watch first. */
export const WATCH_NEXT_WEIGHTS: NeighbourWeights = { coWatch: 0.8, content: 0.4, genre: 0.1 };

export interface BlendedTitle {
  readonly titleId: TitleId;
  /** In [0, 1]. */
  readonly score: number;
  readonly sources: readonly string[];
}

/** Independent hints (noisy-or); co-watch is scaled by its own best, for its size depends on the audience. */
export function blendNeighbours(
  evidence: NeighbourEvidence,
  weights: NeighbourWeights,
  accept: (id: TitleId) => boolean,
  limit: number,
): readonly BlendedTitle[] {
  const found = new Map<TitleId, { missed: number; sources: string[] }>();
  const hint = (id: TitleId, source: string, strength: number): void => {
    if (!(strength > 0)) return;
    const known = found.get(id);
    if (known === undefined) found.set(id, { missed: 1 - strength, sources: [source] });
    else {
      known.missed *= 1 - strength;
      known.sources.push(source);
    }
  };
  const best = evidence.coWatch[0]?.score ?? 1;
  for (const { titleId, score } of evidence.coWatch) {
    hint(titleId, 'co-watch', weights.coWatch * Math.min(1, score / best));
  }
  for (const { id, score } of evidence.content) {
    hint(id, 'content-similarity', weights.content * Math.min(1, Math.max(0, score)));
  }
  for (const [i, id] of evidence.genre.entries()) {
    hint(id, 'genre-shelf', weights.genre * (1 - i / evidence.genre.length));
  }
  return Array.from(found, ([titleId, { missed, sources }]) => ({ titleId, score: 1 - missed, sources }))
    .filter(({ titleId }) => accept(titleId))
    .sort((a, b) => b.score - a.score || (a.titleId < b.titleId ? -1 : 1))
    .slice(0, limit);
}
