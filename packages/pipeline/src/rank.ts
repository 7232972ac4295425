/** The one sort of a run, after the scorers. */
import type { Candidate } from './stages.ts';

/** Highest score first; non-finite scores (also +∞) sink to the end; ties by id, in code-unit order. */
export function sortByScore<C extends Candidate>(candidates: readonly C[], scoreOf: (c: C) => number): C[] {
  const scored = candidates.map((candidate) => {
    const score = scoreOf(candidate);
    return { candidate, score: Number.isFinite(score) ? score : Number.NEGATIVE_INFINITY };
  });
  scored.sort((a, b) => {
    if (a.score !== b.score) return a.score < b.score ? 1 : -1;
    return a.candidate.id < b.candidate.id ? -1 : 1;
  });
  return scored.map(({ candidate }) => candidate);
}
