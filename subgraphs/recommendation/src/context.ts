/** What resolvers are given: one per request. */
import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { HomeChanges } from './home/home-changes.ts';
import type { HomeService } from './home/home-service.ts';
import type { FeedbackService } from './modules/feedback/feedback-service.ts';
import type { MoreLikeThisLoader } from './modules/more-like-this/more-like-this-loader.ts';
import type { WatchNextService } from './modules/watch-next/watch-next-service.ts';
import type { ItemTokens } from './slates/item-tokens.ts';

export interface RecommendationContext {
  readonly request: RequestContext;
  readonly home: HomeService;
  readonly homeChanges: HomeChanges;
  readonly watchNext: WatchNextService;
  readonly feedback: FeedbackService;
  readonly tokens: ItemTokens;
  readonly loaders: { readonly moreLikeThis: MoreLikeThisLoader };
}
