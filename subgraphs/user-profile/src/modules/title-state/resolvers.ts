import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toTitleViewerState } from './title-state.mapper.ts';

export const titleStateResolvers: Pick<Resolvers, 'Title'> = {
  Title: {
    __resolveReference: ({ id }) => ({ id }),
    viewer: async ({ id }, _, { loaders }) =>
      loaders.titleStates === undefined ? null : toTitleViewerState(await loaders.titleStates.load(id)),
  },
};
