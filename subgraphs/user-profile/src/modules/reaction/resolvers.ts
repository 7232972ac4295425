import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { actOnTitle } from '../../viewer-action.ts';

export const reactionResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    setReaction: (_, { input: { titleId, reaction } }, context) =>
      actOnTitle(context, titleId, { type: 'REACTION_SET', payload: { titleId, reaction } }),
  },
};
