import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toConnection } from '../../connection.mapper.ts';
import { boundedFirst } from '../../input-bounds.ts';
import { withKnownTitles } from '../../known-titles.ts';
import { actOnTitle } from '../../viewer-action.ts';

export const myListResolvers: Pick<Resolvers, 'Profile' | 'Mutation'> = {
  Profile: {
    myList: async ({ id }, { first, after }, context) => {
      const page = await context.services.profiles.myList(id, {
        first: boundedFirst(first),
        ...(after === undefined || after === null ? {} : { after }),
      });
      return toConnection(await withKnownTitles(context, page, after), ({ titleId }) => ({ id: titleId }));
    },
  },
  Mutation: {
    saveToMyList: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'LIST_SAVED', payload: { titleId } }),
    removeFromMyList: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'LIST_REMOVED', payload: { titleId } }),
  },
};
