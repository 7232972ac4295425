import { artworkId } from '@marquee/catalogue';
import type { RowItemResolvers, TitleSlateResolvers } from '../../__generated__/resolvers-types.ts';
import { boundedInteger, MAX_ITEMS_PER_PAGE } from '../../input-bounds.ts';
import { parseTitleItemCursor, titleListOf } from '../../slates/slate-cursor.ts';
import { pageOfItems } from '../../slates/slate-paging.ts';
import type { ServedSlate } from '../../slates/stored-slate.ts';
import { toTitleItemConnection } from './connection.mapper.ts';
import { firstItems } from './first-items.ts';
import { toReason } from './slate.mapper.ts';

const TitleSlate: TitleSlateResolvers = {
  slateId: ({ served }) => served.slate.id,
  degradations: ({ served }) => served.slate.degradations,
  async items({ served, wanted }, { first, after }, { home, request }) {
    const limit = boundedInteger(first ?? 20, 'first', 1, MAX_ITEMS_PER_PAGE);
    const list = titleListOf(served.slate);
    const page = ({ slate, guard }: ServedSlate, place: number) => {
      const asWanted = { slate: firstItems(slate, wanted), guard };
      return toTitleItemConnection(slate.id, list, pageOfItems(asWanted, 0, limit, place));
    };
    if (after == null) return page(served, -1);
    const { slateId, place } = parseTitleItemCursor(after, list);
    if (slateId === served.slate.id) return page(served, place);
    // Each request makes a new slate; the cursor's is the one the client is paging in.
    const { viewer, deadline } = request;
    return page(await home.slate(slateId, { profileId: viewer?.profileId, deadline }), place);
  },
};

/** As of `Title.artwork`. */
const MIN_ARTWORK_WIDTH = 40;
const MAX_ARTWORK_WIDTH = 1_200;

const RowItem: RowItemResolvers = {
  title: ({ item }) => ({ id: item.titleId }),
  artwork({ item: { titleId, artwork } }, { width }) {
    const inPixels = boundedInteger(width ?? 400, 'width', MIN_ARTWORK_WIDTH, MAX_ARTWORK_WIDTH);
    if (artwork === undefined) return null;
    return { id: artworkId({ titleId, variant: artwork.variant, width: inPixels }) };
  },
  reason: ({ item }) => toReason(item.reason),
  trackingToken: (placed, _args, { tokens }) => tokens.of(placed),
};

export const slateResolvers = { TitleSlate, RowItem };
