/** The recommendation subgraph: home, watch next, more like this, and the intake of feedback. */
import { fileURLToPath } from 'node:url';
import { DEFAULT_SEGMENT } from '@marquee/domain';
import type { ProfileState } from '@marquee/features';
import { withCanary } from '@marquee/model-registry/trials';
import { deadlineAfter } from '@marquee/service-kit';
import { buildSubgraph, type RequestContext, type Subgraph } from '@marquee/service-kit/subgraph';
import type { RecommendationContext } from './context.ts';
import type { RecommendationDeps } from './dependencies.ts';
import { ErasureLedger } from './erasures/erasure-ledger.ts';
import { ViewerRecords } from './erasures/viewer-records.ts';
import { createArtworkCountsReader } from './home/artwork-counts.ts';
import { EditorialTitles } from './home/editorial-titles.ts';
import { GenreShelves } from './home/genre-shelves.ts';
import type { HomeMemory } from './home/home.pipeline.ts';
import { HomeChanges } from './home/home-changes.ts';
import { type HomeService, PipelineHomeService } from './home/home-service.ts';
import { createMemoryKeeper } from './home/memory-keeper.ts';
import { NameCache } from './home/name-cache.ts';
import { createRowCountsReader } from './home/row-counts.ts';
import { TitleLists } from './home/title-lists.ts';
import { TitleStandings } from './home/title-standings.ts';
import { createWarmUp } from './home/warm-up.ts';
import { FeedbackService } from './modules/feedback/feedback-service.ts';
import { createMoreLikeThisLoader } from './modules/more-like-this/more-like-this-loader.ts';
import { createWatchNextService } from './modules/watch-next/watch-next-service.ts';
import { resolvers } from './resolvers.ts';
import { Exposures } from './slates/exposures.ts';
import { ItemTokens } from './slates/item-tokens.ts';
import { systemEntropy } from './slates/slate-entropy.ts';
import { SlateStore } from './slates/slate-store.ts';
import { createTrackingTokens } from './slates/tracking-token.ts';
import { BackgroundWork } from './title-slates/background-work.ts';
import { TitleSlateMaker } from './title-slates/title-slate-maker.ts';
import { ShadowScorer } from './trials/shadow-scorer.ts';

export interface RecommendationSubgraph extends Subgraph {
  readonly home: HomeService;
}

export function createRecommendationSubgraph(given: RecommendationDeps): RecommendationSubgraph {
  const { trials } = given;
  // A canary is one more experiment to all that asks who is in which.
  const deps =
    trials === undefined
      ? given
      : { ...given, experiments: withCanary(given.experiments, () => trials.canary?.terms) };
  const { titles, store, clock, logger, names, editorialTitleIds, entropy = systemEntropy } = deps;
  const slates = new SlateStore(store, clock);
  const erasures = new ErasureLedger(deps, (profileId) => slates.forget(profileId));
  const viewers = new ViewerRecords(store, erasures);
  const lists = new TitleLists(store, clock);
  const memory: HomeMemory = {
    lists,
    rowCounts: createRowCountsReader(store, clock),
    artworkCounts: createArtworkCountsReader(store, clock),
    names: new NameCache(titles, names),
    editorial: new EditorialTitles(titles, editorialTitleIds, logger),
    shelves: new GenreShelves({
      ...{ titles, clock, logger },
      popular: () => lists.lastKnown(DEFAULT_SEGMENT).popular,
    }),
    standings: new TitleStandings(deps),
    slates,
    exposures: new Exposures(deps.bus),
    viewers,
    ...(trials && { shadow: new ShadowScorer({ ...deps, trials }) }),
  };
  const home = new PipelineHomeService(deps, memory, entropy);
  const homeChanges = new HomeChanges({ ...deps, home });
  const background = new BackgroundWork(logger);
  const titleSlates = new TitleSlateMaker(deps, slates, entropy, background);
  const tokens = createTrackingTokens(deps.tokenSecret);
  const services = {
    home,
    homeChanges,
    watchNext: createWatchNextService(titleSlates),
    feedback: new FeedbackService({ ...deps, tokens, viewers }),
    tokens: new ItemTokens(tokens),
  };
  /** Requests that are rehearsals, and the viewer they are for. */
  const rehearsals = new WeakMap<RequestContext, ProfileState>();
  const warmUp = createWarmUp({
    ...deps,
    popular: () => memory.lists.lastKnown(DEFAULT_SEGMENT).popular.map(({ titleId }) => titleId),
    async rehearse(state, deadline) {
      const context: RequestContext = { requestId: 'rehearsal', deadline };
      rehearsals.set(context, state);
      const { errors } = await subgraph.execute({ query: REHEARSED, context });
      if (errors !== undefined) throw errors[0];
    },
  });
  const subgraph = buildSubgraph<RecommendationContext>({
    name: 'recommendation',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers,
    components: [
      erasures,
      memory.editorial,
      ...(memory.shadow === undefined ? [] : [memory.shadow]),
      createMemoryKeeper(memory, home, logger),
      // knows what is popular by then
      memory.shelves,
      homeChanges,
      background,
      // Last: it uses all of them.
      warmUp,
    ],
    routes: [],
    createContext(request) {
      const state = rehearsals.get(request);
      return {
        request,
        ...services,
        ...(state && { home: rehearsing(home, state) }),
        loaders: { moreLikeThis: createMoreLikeThisLoader(titleSlates, request) },
      };
    },
  });
  return { ...subgraph, home };
}

function rehearsing(home: PipelineHomeService, state: ProfileState): HomeService {
  return {
    home: ({ deadline }) => home.rehearse(state, deadline ?? deadlineAfter(0)),
    makeAhead: (request) => home.makeAhead(request),
    slate: (...of) => home.slate(...of),
    rank: (request) => home.rank(request),
  };
}

/** What clients ask of this subgraph for a page. */
const REHEARSED = `{
  home {
    slateId generatedAt degradations { code step component message } modelVersions { name version }
    rows {
      nodes {
        id kind headline reason { text titles { id } people { id } }
        items {
          nodes { position title { __typename id } reason { text titles { id } people { id } } trackingToken }
          pageInfo { hasNextPage endCursor }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;
