import type { TitleResolvers } from '../../__generated__/resolvers-types.ts';
import { boundedInteger, MAX_ITEMS_PER_PAGE } from '../../input-bounds.ts';

const moreLikeThis: TitleResolvers['moreLikeThis'] = async ({ id }, { first }, context) => {
  const limit = boundedInteger(first ?? 20, 'first', 1, MAX_ITEMS_PER_PAGE);
  const served = await context.loaders.moreLikeThis.load(id);
  return served === undefined ? null : { served, wanted: limit };
};

const __resolveReference: TitleResolvers['__resolveReference'] = ({ id }) => ({ id });

export const moreLikeThisResolvers = { Title: { __resolveReference, moreLikeThis } };
