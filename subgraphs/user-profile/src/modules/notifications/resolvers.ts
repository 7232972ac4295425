import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { recordForViewer } from '../../viewer-action.ts';
import { viewerProfile } from '../profile/profile-service.ts';

export const notificationResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    async setNotifications(_, { input: { digest } }, context) {
      await recordForViewer(context, { type: 'NOTIFICATION_SETTINGS_CHANGED', payload: { digest } });
      return { userErrors: [], digest, profile: await viewerProfile(context) };
    },
  },
};
