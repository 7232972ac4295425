/**
 * The page for when the home pipeline cannot answer: popular titles of the viewer's segment as last known, and
 * when not even those are known, the editorial titles. No stage leaves the process, so nothing here can be away.
 */
import type { TitleFacts } from '@marquee/features';
import { createPipeline, type Pipeline } from '@marquee/pipeline';
import { continueWatchingSource } from '../candidate-sources/continue-watching.source.ts';
import { editorialSource } from '../candidate-sources/editorial.source.ts';
import { genreShelfSource } from '../candidate-sources/genre-shelf.source.ts';
import { myListSource } from '../candidate-sources/my-list.source.ts';
import { newReleasesSource } from '../candidate-sources/new-releases.source.ts';
import { popularInSegmentSource } from '../candidate-sources/popular-in-segment.source.ts';
import { trendingSource } from '../candidate-sources/trending.source.ts';
import type { RecommendationDeps } from '../dependencies.ts';
import { alreadyWatchedFilter } from '../filters/already-watched.filter.ts';
import { dislikedFilter } from '../filters/disliked.filter.ts';
import { excludedFilter } from '../filters/excluded.filter.ts';
import { hiddenFilter } from '../filters/hidden.filter.ts';
import { maturityFilter } from '../filters/maturity.filter.ts';
import { requestFilter } from '../filters/request.filter.ts';
import { unavailableFilter } from '../filters/unavailable.filter.ts';
import { unknownTitleFilter } from '../filters/unknown-title.filter.ts';
import { genreCapReranker } from '../rerankers/genre-cap.reranker.ts';
import { sourceBlendScorer } from '../scorers/source-blend.scorer.ts';
import { valueScorer } from '../scorers/value.scorer.ts';
import { placeableSelector } from '../selectors/placeable.selector.ts';
import type { EditorialTitles } from './editorial-titles.ts';
import type { GenreShelves } from './genre-shelves.ts';
import { type HomeCandidate, newCandidate } from './home-candidate.ts';
import type { HomeQuery } from './home-query.ts';

export function createFallbackPipeline(
  { titles }: Pick<RecommendationDeps, 'titles'>,
  { editorial, shelves }: { editorial: EditorialTitles; shelves: GenreShelves },
): Pipeline<HomeQuery, HomeCandidate> {
  return createPipeline<HomeQuery, HomeCandidate>({
    name: 'home-fallback',
    given: [
      'profileId',
      'filter',
      'excludeTitleIds',
      'now',
      'state',
      'rung',
      'titlesOfViewer',
      'prepared',
      'lists',
      'names',
    ],
    queryHydrators: [],
    candidateSources: [
      continueWatchingSource,
      myListSource,
      popularInSegmentSource(titles),
      trendingSource(titles),
      newReleasesSource(titles),
      genreShelfSource(titles, shelves),
      editorialSource(titles, editorial),
    ],
    // No features are read: probability and popularity stay as the candidate was made with them.
    initial: ['facts', 'propensity', 'slot', 'probability', 'worth', 'popularity', 'popularityAt'],
    createCandidate: (merged) =>
      newCandidate(merged, (merged.item as TitleFacts | undefined) ?? titles.get(merged.id)),
    filters: [
      unknownTitleFilter,
      hiddenFilter,
      dislikedFilter,
      excludedFilter,
      alreadyWatchedFilter,
      maturityFilter,
      unavailableFilter,
      requestFilter,
    ],
    featureHydrators: [],
    scorers: [sourceBlendScorer, valueScorer],
    scoreOf: ({ score }) => score,
    rerankers: [genreCapReranker],
    selector: placeableSelector,
    sideEffects: [],
  });
}
