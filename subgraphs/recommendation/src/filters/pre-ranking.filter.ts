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
      const stays = candidates.map(staysAnyway);
      let places = keep;
      for (const one of stays) if (one) places--;
      letStay(places, preRankingScores(query, candidates), candidates, stays);
      const kept: Readonly<HomeCandidate>[] = [];
      const removed: { candidate: Readonly<HomeCandidate>; reason: string }[] = [];
      for (let i = 0; i < candidates.length; i++) {
        const candidate = candidates[i]!;
        if (stays[i]) kept.push(candidate);
        else removed.push({ candidate, reason: 'pre-ranked-below' });
      }
      return { kept, removed };
    },
  };
}

const STAY: ReadonlySet<string> = new Set([
  ...SOURCES_OF_KNOWN_TITLES,
  ...[SOURCE.followedPeople, SOURCE.exploration],
]);

function staysAnyway({ provenance }: Readonly<HomeCandidate>): boolean {
  for (const { source, rank } of provenance) if (rank < FIRST_OF_SOURCE || STAY.has(source)) return true;
  return false;
}

/** So many of those that do not stay anyway: the best by score, and of equal ones the first by id. */
function letStay(
  places: number,
  scores: Float64Array,
  candidates: readonly Readonly<HomeCandidate>[],
  stays: boolean[],
): void {
  if (places <= 0) return;
  // Numbers alone are sorted many times as fast as places by what stands there.
  const sorted = scores.filter((_, i) => !stays[i]).sort();
  const last = sorted[Math.max(0, sorted.length - places)];
  const equal: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (stays[i]) continue;
    if (scores[i] === last) equal.push(i);
    else if (scores[i]! > last!) {
      stays[i] = true;
      places--;
    }
  }
  equal.sort((a, b) => (candidates[a]!.id < candidates[b]!.id ? -1 : 1));
  for (const i of equal.slice(0, places)) stays[i] = true;
}

/** Finite, one per candidate; comparable within a request. */
export function preRankingScores(
  query: Pick<HomeQuery, 'rung' | 'state' | 'prepared' | 'coWatch'>,
  candidates: readonly Readonly<HomeCandidate>[],
): Float64Array {
  const { prepared, coWatch } = query;
  const traits = viewerTraits(prepared);
  const scores = sourceBlends(query, candidates);
  for (let i = 0; i < candidates.length; i++) {
    const { id, facts, collaborative } = candidates[i]!;
    const score =
      scores[i]! +
      WEIGHT.collaborative * collaborative +
      WEIGHT.coWatch * Math.log1p(10 * Math.max(0, coWatch.get(id) ?? 0)) +
      WEIGHT.genres * traits.ofGenres(facts.genreIds).mean +
      WEIGHT.directors * traits.meanOfDirectors(facts) +
      WEIGHT.score * ((facts.averageScore ?? NEUTRAL_SCORE) - NEUTRAL_SCORE);
    scores[i] = Number.isFinite(score) ? score : 0;
  }
  return scores;
}

const NEUTRAL_SCORE = 6.5;
