import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { completeOnboarding } from './onboarding-service.ts';

export const onboardingResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    completeOnboarding: (_, { input: { genreIds } }, context) => completeOnboarding(context, genreIds),
  },
};
