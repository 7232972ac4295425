/**
 * The pre-ranker: leaves the full ranker some three hundred of a thousand candidates, by a score that needs no read and no model: the blend
 * of the sources, the collaborative score, co-watch, and the viewer's genres and directors, all of them at hand. Runs after
 * every other filter, so that what may not be shown takes nobody's place.
 *
 * Not by score alone: what the viewer knows, whom they follow, and what is to be explored stay whatever they score, and of each other
 * source its first titles, for a row that rests on one source must not starve.
 */
import { viewerTraits } from '@marquee/features';
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { sourceBlends } from '../home/source-blend.ts';
import { SOURCE, SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';

/** Of each source, by its own order. */
const FIRST_OF_SOURCE = 10;

/** Against a blend in [0, 1]; set by hand, judged by what the full ranker keeps (docs/evaluation.md). */
const WEIGHT = { collaborative: 1.5, coWatch: 0.15, genres: 1.2, directors: 0.4, score: 0.03 } as const;

/** @param keep candidates that are left at most, but for those that stay anyway; 0: nothing is trimmed */
export function preRankingFilter(keep: number): Filter<HomeQuery, HomeCandidate> {
  return {
    kind: 'filter',
    name: 'pre-ranking',
    requires: ['rung', 'state', 'prepared', 'coWatch'],
    requiresOfCandidate: ['facts', 'collaborative'],
    applies: () => keep > 0,
    filter(query, candidates) {
      if (candidates.length <= keep) return { kept: candidates, removed: [] };
      const scores = preRankingScores(query, candidates);
      const stays = candidates.map(staysAnyway);
      const others = new Uint32Array(candidates.length);
      let count = 0;
      for (let i = 0; i < candidates.length; i++) if (!stays[i]) others[count++] = i;
      const order = others
        .subarray(0, count)
        .sort((a, b) => scores[b]! - scores[a]! || (candidates[a]!.id < candidates[b]!.id ? -1 : 1));
      const places = Math.max(0, keep - (candidates.length - count));
      for (const i of order.subarray(0, places)) stays[i] = true;
      return {
        kept: candidates.filter((_, i) => stays[i]),
        removed: candidates.flatMap((candidate, i) =>
          stays[i] ? [] : [{ candidate, reason: 'pre-ranked-below' }],
        ),
      };
    },
  };
}

function staysAnyway({ provenance }: Readonly<HomeCandidate>): boolean {
  return provenance.some(
    ({ source, rank }) =>
      SOURCES_OF_KNOWN_TITLES.has(source) ||
      source === SOURCE.followedPeople ||
      source === SOURCE.exploration ||
      rank < FIRST_OF_SOURCE,
  );
}

/** Finite, one per candidate; comparable within a request. */
export function preRankingScores(
  query: Pick<HomeQuery, 'rung' | 'state' | 'prepared' | 'coWatch'>,
  candidates: readonly Readonly<HomeCandidate>[],
): readonly number[] {
  const { prepared, coWatch } = query;
  const traits = viewerTraits(prepared);
  return sourceBlends(query, candidates).map((blend, i) => {
    const { id, facts, collaborative } = candidates[i]!;
    const score =
      blend +
      WEIGHT.collaborative * collaborative +
      WEIGHT.coWatch * Math.log1p(10 * Math.max(0, coWatch.get(id) ?? 0)) +
      WEIGHT.genres * traits.ofGenres(facts.genreIds).mean +
      WEIGHT.directors * traits.meanOfDirectors(facts) +
      WEIGHT.score * ((facts.averageScore ?? NEUTRAL_SCORE) - NEUTRAL_SCORE);
    return Number.isFinite(score) ? score : 0;
  });
}

const NEUTRAL_SCORE = 6.5;
