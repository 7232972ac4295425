import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { ownAssignments } from './assignment-service.ts';

export const assignmentResolvers: Pick<Resolvers, 'Profile'> = {
  Profile: {
    __resolveReference: ({ id }) => ({ id }),
    assignments: async ({ id }, _, context) =>
      Object.entries(await ownAssignments(context, id)).map(([experimentKey, variantKey]) => ({
        experimentKey,
        variantKey,
      })),
  },
};
