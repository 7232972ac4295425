/**
 * At most three titles of one genre among the first ten. A title has several genres; the first is what it
 * mainly is, and the one that counts. Titles without a genre count as a genre of their own. Where the cap
 * cannot be kept (a request for one genre) it is relaxed rather than leaving places empty.
 */
import type { HomeCandidate } from './home-candidate.ts';

export const CAPPED_PLACES = 10;
export const MAX_PER_GENRE = 3;

export function primaryGenre(candidate: Pick<HomeCandidate, 'facts'>): string {
  return candidate.facts.genreIds[0] ?? '';
}

/** The same candidates: those the cap holds back follow in their order. Stable; linear. */
export function capGenres<C extends Pick<HomeCandidate, 'facts'>>(
  ranked: readonly C[],
  places = CAPPED_PLACES,
  perGenre = MAX_PER_GENRE,
): C[] {
  const head: C[] = [];
  const held: C[] = [];
  const counts = new Map<string, number>();
  let next = 0;
  while (head.length < places && next < ranked.length) {
    const candidate = ranked[next++]!;
    const genre = primaryGenre(candidate);
    const count = counts.get(genre) ?? 0;
    if (count < perGenre) {
      counts.set(genre, count + 1);
      head.push(candidate);
    } else held.push(candidate);
  }
  return [...head, ...held, ...ranked.slice(next)];
}
