import type { Resolvers } from './__generated__/resolvers-types.ts';
import { feedbackResolvers } from './modules/feedback/resolvers.ts';
import { homeResolvers } from './modules/home/resolvers.ts';
import { moreLikeThisResolvers } from './modules/more-like-this/resolvers.ts';
import { slateResolvers } from './modules/slate/resolvers.ts';
import { watchNextResolvers } from './modules/watch-next/resolvers.ts';

export const resolvers: Pick<
  Resolvers,
  'Query' | 'Mutation' | 'Subscription' | 'Title' | 'Home' | 'Row' | 'RowItem' | 'TitleSlate'
> = {
  Query: { ...homeResolvers.Query, ...watchNextResolvers.Query },
  Mutation: feedbackResolvers.Mutation,
  Subscription: homeResolvers.Subscription,
  Home: homeResolvers.Home,
  Row: homeResolvers.Row,
  ...slateResolvers,
  ...moreLikeThisResolvers,
};
