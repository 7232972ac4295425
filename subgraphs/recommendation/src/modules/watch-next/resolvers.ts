import type { QueryResolvers } from '../../__generated__/resolvers-types.ts';
import { boundedId, boundedInteger, MAX_ITEMS_PER_PAGE } from '../../input-bounds.ts';

const watchNext: QueryResolvers['watchNext'] = async (_parent, { titleId, first }, context) => {
  const limit = boundedInteger(first ?? 20, 'first', 1, MAX_ITEMS_PER_PAGE);
  const { viewer, deadline } = context.request;
  const served = await context.watchNext.watchNext(boundedId(titleId, 'titleId'), {
    profileId: viewer?.profileId,
    deadline,
  });
  return served === undefined ? null : { served, wanted: limit };
};

export const watchNextResolvers = { Query: { watchNext } };
