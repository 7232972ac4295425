/** The recommendation subgraph: home, watch next, more like this, and the intake of feedback. */
import { fileURLToPath } from 'node:url';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import type { RecommendationContext } from './context.ts';
import type { RecommendationDeps } from './dependencies.ts';
import { EditorialTitles } from './home/editorial-titles.ts';
import { GenreShelves } from './home/genre-shelves.ts';
import type { HomeMemory } from './home/home.pipeline.ts';
import { type HomeService, PipelineHomeService } from './home/home-service.ts';
import { createMemoryKeeper } from './home/memory-keeper.ts';
import { NameCache } from './home/name-cache.ts';
import { TitleLists } from './home/title-lists.ts';
import { FeedbackService } from './modules/feedback/feedback-service.ts';
import { createMoreLikeThisLoader } from './modules/more-like-this/more-like-this-loader.ts';
import { createWatchNextService } from './modules/watch-next/watch-next-service.ts';
import { resolvers } from './resolvers.ts';
import { ItemTokens } from './slates/item-tokens.ts';
import { systemEntropy } from './slates/slate-entropy.ts';
import { SlateStore } from './slates/slate-store.ts';
import { createTrackingTokens } from './slates/tracking-token.ts';
import { BackgroundWork } from './title-slates/background-work.ts';
import { TitleSlateMaker } from './title-slates/title-slate-maker.ts';

export interface RecommendationSubgraph extends Subgraph {
  readonly home: HomeService;
}

export function createRecommendationSubgraph(deps: RecommendationDeps): RecommendationSubgraph {
  const { titles, store, clock, logger, names, editorialTitleIds, entropy = systemEntropy } = deps;
  const memory: HomeMemory = {
    lists: new TitleLists(store, clock),
    names: new NameCache(titles, names),
    editorial: new EditorialTitles(titles, editorialTitleIds, logger),
    shelves: new GenreShelves(titles, clock),
    slates: new SlateStore(store, clock),
  };
  const home = new PipelineHomeService(deps, memory, entropy);
  const background = new BackgroundWork(logger);
  const titleSlates = new TitleSlateMaker(deps, memory.slates, entropy, background);
  const tokens = createTrackingTokens(deps.tokenSecret);
  const services = {
    home,
    watchNext: createWatchNextService(titleSlates),
    feedback: new FeedbackService({ ...deps, tokens }),
    tokens: new ItemTokens(tokens),
  };
  const subgraph = buildSubgraph<RecommendationContext>({
    name: 'recommendation',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers,
    components: [memory.editorial, createMemoryKeeper(memory, home, logger), background],
    routes: [],
    createContext: (request) => ({
      request,
      ...services,
      loaders: { moreLikeThis: createMoreLikeThisLoader(titleSlates, request) },
    }),
  });
  return { ...subgraph, home };
}
