import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toConnection } from '../../connection.mapper.ts';
import { knownTitles } from '../../known-titles.ts';
import { toWatchedTitle } from './watched-title.mapper.ts';

export const historyResolvers: Pick<Resolvers, 'Profile'> = {
  Profile: {
    history: async ({ id }, page, context) =>
      toConnection(
        await knownTitles(context, page, (stored) => context.services.profiles.history(id, stored)),
        toWatchedTitle,
      ),
  },
};
