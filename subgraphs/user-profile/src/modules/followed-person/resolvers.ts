import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { boundedFirst } from '../../input-bounds.ts';
import { actOnPerson } from '../../viewer-action.ts';
import { followedPeople } from './followed-person-service.ts';

export const followedPersonResolvers: Pick<Resolvers, 'Profile' | 'Mutation'> = {
  Profile: {
    followedPeople: async ({ id }, { first }, context) =>
      (await followedPeople(context, id, boundedFirst(first))).map((personId) => ({ id: personId })),
  },
  Mutation: {
    followPerson: (_, { input: { personId } }, context) =>
      actOnPerson(context, personId, { type: 'PERSON_FOLLOWED', payload: { personId } }),
    unfollowPerson: (_, { input: { personId } }, context) =>
      actOnPerson(context, personId, { type: 'PERSON_UNFOLLOWED', payload: { personId } }),
  },
};
