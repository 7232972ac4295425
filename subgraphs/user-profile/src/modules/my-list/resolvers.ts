import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toConnection } from '../../connection.mapper.ts';
import { knownTitles } from '../../known-titles.ts';
import { actOnTitle } from '../../viewer-action.ts';

export const myListResolvers: Pick<Resolvers, 'Profile' | 'Mutation'> = {
  Profile: {
    myList: async ({ id }, page, context) =>
      toConnection(
        await knownTitles(context, page, (stored) => context.services.profiles.myList(id, stored)),
        ({ titleId }) => ({ id: titleId }),
      ),
  },
  Mutation: {
    saveToMyList: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'LIST_SAVED', payload: { titleId } }),
    removeFromMyList: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'LIST_REMOVED', payload: { titleId } }),
  },
};
