import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { knownGenres, ownProfile, viewerProfile } from './profile-service.ts';

export const profileResolvers: Pick<Resolvers, 'Query' | 'Profile'> = {
  Query: {
    viewer: (_, __, context) => (context.request.viewer === undefined ? null : viewerProfile(context)),
  },
  Profile: {
    __resolveReference: ({ id }, context) => ownProfile(context, id),
    tasteGenres: async (profile, _, context) =>
      (await knownGenres(context, profile.tasteGenreIds)).map((id) => ({ id })),
  },
};
