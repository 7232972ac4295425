import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toExportCounts, toExportDocument } from './export.mapper.ts';
import { eraseOwnProfile, exportOwnProfile } from './privacy-service.ts';

export const privacyResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    exportProfile: async (_, __, context) => {
      const content = await exportOwnProfile(context);
      return { userErrors: [], document: toExportDocument(content), counts: toExportCounts(content) };
    },
    eraseProfile: (_, { input: { confirm } }, context) => eraseOwnProfile(context, confirm),
  },
};
