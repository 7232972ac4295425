import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { actOnTitle } from '../../viewer-action.ts';

export const hiddenTitleResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    hideTitle: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'TITLE_HIDDEN', payload: { titleId } }),
    unhideTitle: (_, { input: { titleId } }, context) =>
      actOnTitle(context, titleId, { type: 'TITLE_UNHIDDEN', payload: { titleId } }),
  },
};
