import type { RowItemResolvers, TitleSlateResolvers } from '../../__generated__/resolvers-types.ts';
import { boundedInteger, MAX_ITEMS_PER_PAGE } from '../../input-bounds.ts';
import { parseItemCursor } from '../../slates/slate-cursor.ts';
import { pageOfItems } from '../../slates/slate-paging.ts';
import { toItemConnection } from './connection.mapper.ts';
import { toReason } from './slate.mapper.ts';

const TitleSlate: TitleSlateResolvers = {
  slateId: ({ slate }) => slate.id,
  degradations: ({ slate }) => slate.degradations,
  async items(served, { first, after }, { home, request }) {
    const limit = boundedInteger(first ?? 20, 'first', 1, MAX_ITEMS_PER_PAGE);
    if (after == null) return toItemConnection(served.slate.id, pageOfItems(served, 0, limit, -1));
    const { slateId, place } = parseItemCursor(after);
    // Each request makes a new slate; the cursor's is the one the client is paging in.
    const { viewer, deadline } = request;
    const continued =
      slateId === served.slate.id
        ? served
        : await home.slate(slateId, { profileId: viewer?.profileId, deadline });
    return toItemConnection(slateId, pageOfItems(continued, 0, limit, place));
  },
};

const RowItem: RowItemResolvers = {
  title: ({ item }) => ({ id: item.titleId }),
  reason: ({ item }) => toReason(item.reason),
  trackingToken: (placed, _args, { tokens }) => tokens.of(placed),
};

export const slateResolvers = { TitleSlate, RowItem };
