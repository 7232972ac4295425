/**
 * The home page, stage by stage. Reading this list is reading the product: what is known about the viewer,
 * where titles come from, what may not be shown, how the rest is valued, and how the list is made worth
 * looking at. Rows are made of its result in `page/`.
 */
import type { TitleFacts } from '@marquee/features';
import { createPipeline, type Pipeline, type PipelineOptions } from '@marquee/pipeline';
import { becauseYouWatchedSource } from '../candidate-sources/because-you-watched.source.ts';
import { collaborativeSource } from '../candidate-sources/collaborative.source.ts';
import { contentSimilaritySource } from '../candidate-sources/content-similarity.source.ts';
import { continueWatchingSource } from '../candidate-sources/continue-watching.source.ts';
import { editorialSource } from '../candidate-sources/editorial.source.ts';
import { explorationSource } from '../candidate-sources/exploration.source.ts';
import { followedPeopleSource } from '../candidate-sources/followed-people.source.ts';
import { genreShelfSource } from '../candidate-sources/genre-shelf.source.ts';
import { myListSource } from '../candidate-sources/my-list.source.ts';
import { newReleasesSource } from '../candidate-sources/new-releases.source.ts';
import { popularInSegmentSource } from '../candidate-sources/popular-in-segment.source.ts';
import { similarToSeedsSource } from '../candidate-sources/similar-to-seeds.source.ts';
import { trendingSource } from '../candidate-sources/trending.source.ts';
import { twoTowerSource } from '../candidate-sources/two-tower.source.ts';
import { watchAgainSource } from '../candidate-sources/watch-again.source.ts';
import type { RecommendationDeps } from '../dependencies.ts';
import type { ViewerRecords } from '../erasures/viewer-records.ts';
import { retrievalSignalsHydrator } from '../feature-hydrators/retrieval-signals.feature-hydrator.ts';
import { segmentPopularityHydrator } from '../feature-hydrators/segment-popularity.feature-hydrator.ts';
import { titlePopularityHydrator } from '../feature-hydrators/title-popularity.feature-hydrator.ts';
import { alreadyWatchedFilter } from '../filters/already-watched.filter.ts';
import { dislikedFilter } from '../filters/disliked.filter.ts';
import { excludedFilter } from '../filters/excluded.filter.ts';
import { frequencyCapFilter } from '../filters/frequency-cap.filter.ts';
import { hiddenFilter } from '../filters/hidden.filter.ts';
import { maturityFilter } from '../filters/maturity.filter.ts';
import { preRankingFilter } from '../filters/pre-ranking.filter.ts';
import { requestFilter } from '../filters/request.filter.ts';
import { unavailableFilter } from '../filters/unavailable.filter.ts';
import { unknownTitleFilter } from '../filters/unknown-title.filter.ts';
import { artworkCountsHydrator } from '../query-hydrators/artwork-counts.query-hydrator.ts';
import { coWatchHydrator } from '../query-hydrators/co-watch.query-hydrator.ts';
import { collaborativeTasteHydrator } from '../query-hydrators/collaborative-taste.query-hydrator.ts';
import { experimentAssignmentHydrator } from '../query-hydrators/experiment-assignment.query-hydrator.ts';
import { namesHydrator } from '../query-hydrators/names.query-hydrator.ts';
import { preparedProfileHydrator } from '../query-hydrators/prepared-profile.query-hydrator.ts';
import { profileStateHydrator } from '../query-hydrators/profile-state.query-hydrator.ts';
import { rowCountsHydrator } from '../query-hydrators/row-counts.query-hydrator.ts';
import { tasteVectorHydrator } from '../query-hydrators/taste-vector.query-hydrator.ts';
import { titleListsHydrator } from '../query-hydrators/title-lists.query-hydrator.ts';
import { explorationPoolReranker } from '../rerankers/exploration-pool.reranker.ts';
import { genreCapReranker } from '../rerankers/genre-cap.reranker.ts';
import { mmrReranker } from '../rerankers/mmr.reranker.ts';
import { rankingModelScorer } from '../scorers/ranking-model.scorer.ts';
import { sourceBlendScorer } from '../scorers/source-blend.scorer.ts';
import { valueScorer } from '../scorers/value.scorer.ts';
import { placeableSelector } from '../selectors/placeable.selector.ts';
import { exposureSideEffect } from '../side-effects/exposure.side-effect.ts';
import { shadowScoringSideEffect } from '../side-effects/shadow-scoring.side-effect.ts';
import { slateServedSideEffect } from '../side-effects/slate-served.side-effect.ts';
import { storeSlateSideEffect } from '../side-effects/store-slate.side-effect.ts';
import type { Exposures } from '../slates/exposures.ts';
import type { SlateStore } from '../slates/slate-store.ts';
import { chooseRanker } from '../trials/choose-ranker.ts';
import type { ShadowScorer } from '../trials/shadow-scorer.ts';
import type { ArtworkCountsReader } from './artwork-counts.ts';
import type { EditorialTitles } from './editorial-titles.ts';
import type { GenreShelves } from './genre-shelves.ts';
import { type HomeCandidate, newCandidate } from './home-candidate.ts';
import type { HomeQuery } from './home-query.ts';
import type { NameCache } from './name-cache.ts';
import type { RowCountsReader } from './row-counts.ts';
import type { TitleLists } from './title-lists.ts';
import type { TitleStandings } from './title-standings.ts';
import { withPatience } from './with-patience.ts';

/** What the process keeps between requests. */
export interface HomeMemory {
  readonly lists: TitleLists;
  readonly rowCounts: RowCountsReader;
  readonly artworkCounts: ArtworkCountsReader;
  readonly names: NameCache;
  readonly editorial: EditorialTitles;
  readonly shelves: GenreShelves;
  readonly standings: TitleStandings;
  readonly slates: SlateStore;
  readonly exposures: Exposures;
  readonly viewers: ViewerRecords;
  /** Absent where no models are tried out. */
  readonly shadow?: ShadowScorer;
}

/** Of the pages, those that a model in shadow looks at. */
const DEFAULT_SHADOW_SHARE = 0.2;

export function createHomePipeline(
  deps: RecommendationDeps,
  memory: HomeMemory,
  options?: PipelineOptions,
): Pipeline<HomeQuery, HomeCandidate> {
  const { titles, store, vectorIndex, collaborative, towers, modelRuntime, bus, experiments, trials } = deps;
  return createPipeline(
    withPatience<HomeQuery, HomeCandidate>(deps.patience ?? 1, {
      name: 'home',
      given: [
        'profileId',
        'knownState',
        'device',
        'filter',
        'excludeTitleIds',
        'now',
        'exploration',
        'slate',
      ],
      queryHydrators: [
        profileStateHydrator(store),
        // what follows reads the profile's state
        preparedProfileHydrator(titles),
        coWatchHydrator(titles, store),
        collaborativeTasteHydrator(collaborative),
        tasteVectorHydrator(titles, vectorIndex),
        titleListsHydrator(memory.lists),
        rowCountsHydrator(memory.rowCounts),
        artworkCountsHydrator(memory.artworkCounts),
        experimentAssignmentHydrator(experiments, deps.exploration),
        namesHydrator(memory.names),
      ],
      candidateSources: [
        continueWatchingSource,
        becauseYouWatchedSource(titles),
        collaborativeSource(titles),
        ...(towers === undefined ? [] : [twoTowerSource(titles, towers)]),
        contentSimilaritySource(vectorIndex),
        similarToSeedsSource(vectorIndex),
        followedPeopleSource(titles),
        myListSource,
        popularInSegmentSource(titles),
        trendingSource(titles),
        newReleasesSource(titles),
        genreShelfSource(titles, memory.shelves),
        watchAgainSource,
        editorialSource(titles, memory.editorial),
        explorationSource(titles),
      ].filter(({ name }) => !deps.withoutSources?.has(name)),
      initial: ['facts', 'collaborative', 'propensity', 'slot'],
      createCandidate(merged, { collaborativeTaste }) {
        const facts = (merged.item as TitleFacts | undefined) ?? titles.get(merged.id);
        return newCandidate(merged, facts, collaborativeTaste?.score(merged.id) ?? 0);
      },
      filters: [
        unknownTitleFilter,
        hiddenFilter,
        dislikedFilter,
        excludedFilter,
        alreadyWatchedFilter,
        maturityFilter,
        unavailableFilter,
        requestFilter,
        frequencyCapFilter,
        preRankingFilter(deps.preRankTo ?? 0),
      ],
      featureHydrators: [
        titlePopularityHydrator(store),
        segmentPopularityHydrator(store),
        retrievalSignalsHydrator(vectorIndex),
      ],
      scorers: [
        sourceBlendScorer,
        rankingModelScorer(modelRuntime, (assignments) => chooseRanker(deps, assignments)),
        valueScorer,
      ],
      scoreOf: ({ score }) => score,
      rerankers: [mmrReranker, genreCapReranker, explorationPoolReranker],
      selector: placeableSelector,
      sideEffects: [
        storeSlateSideEffect(memory.slates),
        slateServedSideEffect(bus),
        exposureSideEffect(memory.exposures),
        ...(trials === undefined || memory.shadow === undefined
          ? []
          : [
              shadowScoringSideEffect(memory.shadow, {
                modelRuntime,
                share: deps.shadowShare ?? DEFAULT_SHADOW_SHARE,
              }),
            ]),
      ],
    }),
    options,
  );
}
