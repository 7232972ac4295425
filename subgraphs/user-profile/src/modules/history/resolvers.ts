import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toConnection } from '../../connection.mapper.ts';
import { boundedFirst } from '../../input-bounds.ts';
import { withKnownTitles } from '../../known-titles.ts';
import { toWatchedTitle } from './watched-title.mapper.ts';

export const historyResolvers: Pick<Resolvers, 'Profile'> = {
  Profile: {
    history: async ({ id }, { first, after }, context) => {
      const page = await context.services.profiles.history(id, {
        first: boundedFirst(first),
        ...(after === undefined || after === null ? {} : { after }),
      });
      return toConnection(await withKnownTitles(context, page, after), toWatchedTitle);
    },
  },
};
