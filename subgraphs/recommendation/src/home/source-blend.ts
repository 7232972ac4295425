/**
 * One score from many sources, without any model: a title's place in each source's own order, weighted by how much that source is worth on
 * the viewer's rung of the cold-start ladder, joined as independent hints (noisy-or).
 */
import type { HomeCandidate } from './home-candidate.ts';
import type { HomeQuery, Rung } from './home-query.ts';
import { SOURCE } from './source-names.ts';

const WEIGHTS: Readonly<Record<Rung, Readonly<Record<string, number>>>> = {
  cold: {
    [SOURCE.popularInSegment]: 0.6,
    [SOURCE.genreShelf]: 0.3,
    [SOURCE.trending]: 0.3,
    [SOURCE.contentSimilarity]: 0.3,
    [SOURCE.becauseYouWatched]: 0.4,
    [SOURCE.followedPeople]: 0.4,
    [SOURCE.editorial]: 0.25,
    [SOURCE.newReleases]: 0.1,
    [SOURCE.exploration]: 0.02,
  },
  warming: {
    [SOURCE.twoTower]: 0.5,
    [SOURCE.contentSimilarity]: 0.6,
    [SOURCE.similarToSeeds]: 0.5,
    [SOURCE.becauseYouWatched]: 0.6,
    [SOURCE.followedPeople]: 0.4,
    [SOURCE.popularInSegment]: 0.35,
    [SOURCE.genreShelf]: 0.25,
    [SOURCE.trending]: 0.15,
    [SOURCE.editorial]: 0.1,
    [SOURCE.newReleases]: 0.05,
    [SOURCE.exploration]: 0.02,
  },
  established: {
    [SOURCE.becauseYouWatched]: 0.7,
    [SOURCE.collaborative]: 0.7,
    [SOURCE.twoTower]: 0.6,
    [SOURCE.contentSimilarity]: 0.5,
    [SOURCE.similarToSeeds]: 0.3,
    [SOURCE.followedPeople]: 0.35,
    [SOURCE.popularInSegment]: 0.35,
    [SOURCE.genreShelf]: 0.15,
    [SOURCE.trending]: 0.2,
    [SOURCE.editorial]: 0.05,
    [SOURCE.newReleases]: 0.05,
    [SOURCE.exploration]: 0.02,
  },
};

/** What a genre from the onboarding quiz adds, until there are watches that say more. */
const CHOSEN_GENRE_WEIGHT: Readonly<Record<Rung, number>> = { cold: 0.5, warming: 0.25, established: 0 };

/** In [0, 1], one per candidate. */
export function sourceBlends(
  { rung, state }: Pick<HomeQuery, 'rung' | 'state'>,
  candidates: readonly Readonly<HomeCandidate>[],
): Float64Array {
  const sources = new Map<string, SourceWeight>();
  for (const { provenance } of candidates) {
    for (const { source, rank } of provenance) {
      const known = sources.get(source);
      if (known === undefined) sources.set(source, { weight: WEIGHTS[rung][source] ?? 0, length: rank + 1 });
      else if (rank >= known.length) known.length = rank + 1;
    }
  }
  const chosen = new Set(state.onboardingGenreIds);
  const chosenWeight = CHOSEN_GENRE_WEIGHT[rung];
  const blends = new Float64Array(candidates.length);
  for (let i = 0; i < candidates.length; i++) {
    const { provenance, facts } = candidates[i]!;
    let missed = 1;
    for (const { source, rank } of provenance) {
      const { weight, length } = sources.get(source)!;
      missed *= 1 - weight * (1 - rank / length);
    }
    if (chosen.size > 0) missed *= 1 - chosenWeight * shareChosen(facts.genreIds, chosen);
    blends[i] = 1 - missed;
  }
  return blends;
}

interface SourceWeight {
  readonly weight: number;
  /** One more than its last rank: the first title gets all of the weight, the last nearly nothing. */
  length: number;
}

/** The first genre is what a title mainly is; a match further down counts half. */
function shareChosen(genreIds: readonly string[], chosen: ReadonlySet<string>): number {
  const at = genreIds.findIndex((id) => chosen.has(id));
  return at === -1 ? 0 : at === 0 ? 1 : 0.5;
}
