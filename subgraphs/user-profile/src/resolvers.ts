import type { Resolvers } from './__generated__/resolvers-types.ts';
import { followedPersonResolvers } from './modules/followed-person/resolvers.ts';
import { hiddenTitleResolvers } from './modules/hidden-title/resolvers.ts';
import { historyResolvers } from './modules/history/resolvers.ts';
import { myListResolvers } from './modules/my-list/resolvers.ts';
import { notificationResolvers } from './modules/notifications/resolvers.ts';
import { onboardingResolvers } from './modules/onboarding/resolvers.ts';
import { privacyResolvers } from './modules/privacy/resolvers.ts';
import { profileResolvers } from './modules/profile/resolvers.ts';
import { reactionResolvers } from './modules/reaction/resolvers.ts';
import { titleStateResolvers } from './modules/title-state/resolvers.ts';

export const resolvers: Pick<Resolvers, 'Query' | 'Mutation' | 'Profile' | 'Title'> = {
  ...profileResolvers,
  ...titleStateResolvers,
  Mutation: {
    ...reactionResolvers.Mutation,
    ...hiddenTitleResolvers.Mutation,
    ...myListResolvers.Mutation,
    ...followedPersonResolvers.Mutation,
    ...onboardingResolvers.Mutation,
    ...notificationResolvers.Mutation,
    ...privacyResolvers.Mutation,
  },
  Profile: {
    ...profileResolvers.Profile,
    ...myListResolvers.Profile,
    ...historyResolvers.Profile,
    ...followedPersonResolvers.Profile,
  },
};
