import { MarqueeError } from '@marquee/service-kit';
import { PREWARM_SCOPE, requireViewer } from '@marquee/service-kit/subgraph';
import type {
  HomeResolvers,
  QueryResolvers,
  RowResolvers,
  SubscriptionResolvers,
} from '../../__generated__/resolvers-types.ts';
import { isWholePage } from '../../home/degradations.ts';
import { boundedId, boundedInteger, MAX_ITEMS_PER_PAGE, MAX_ROWS_PER_PAGE } from '../../input-bounds.ts';
import {
  parseItemCursor,
  parseRowCursor,
  parseRowId,
  rowId,
  type SlateCursor,
} from '../../slates/slate-cursor.ts';
import { pageOfItems, pageOfRows } from '../../slates/slate-paging.ts';
import { toItemConnection, toRowConnection } from '../slate/connection.mapper.ts';
import { toReason } from '../slate/slate.mapper.ts';
import { continuedSlateId } from './continued-slate.ts';
import { fromHomeInput } from './home.mapper.ts';

const home: QueryResolvers['home'] = async (_parent, { input }, context, info) => {
  const wanted = fromHomeInput(input);
  const { viewer, deadline } = context.request;
  const slateId = continuedSlateId(info);
  if (slateId === undefined && viewer?.scopes.includes(PREWARM_SCOPE)) {
    const ahead = await context.home.makeAhead({ ...wanted, profileId: viewer.profileId, deadline });
    return ahead.slate;
  }
  if (slateId === undefined) {
    const made = await context.home.home({ ...wanted, profileId: viewer?.profileId, deadline });
    // Whoever keeps answers would go on serving it after what was missing is back.
    if (!isWholePage(made.slate.degradations)) context.request.keeping?.doNotKeep();
    return made;
  }
  const served = await context.home.slate(slateId, { profileId: viewer?.profileId, deadline });
  if (served.slate.surface !== 'home') {
    throw new MarqueeError('CURSOR_INVALID', {
      message: 'The cursor is not one of a home page.',
      field: 'after',
    });
  }
  return served;
};

const row: QueryResolvers['row'] = async (_parent, { id }, { home: service, request }) => {
  const place = parseRowId(boundedId(id, 'id'));
  if (place === undefined) return null;
  const { viewer, deadline } = request;
  const served = await service.slate(place.slateId, { profileId: viewer?.profileId, deadline });
  const found = served.slate.surface === 'home' ? served.slate.rows[place.row] : undefined;
  return found === undefined ? null : { served, index: place.row, row: found };
};

const Home: HomeResolvers = {
  slateId: ({ slate }) => slate.id,
  generatedAt: ({ slate }) => new Date(slate.generatedAt).toISOString(),
  degradations: ({ slate }) => slate.degradations,
  modelVersions: ({ slate }) => slate.modelVersions,
  rows(served, { first, after, skip }) {
    const limit = boundedInteger(first ?? 12, 'first', 1, MAX_ROWS_PER_PAGE);
    const place = placeIn(served.slate.id, after == null ? undefined : parseRowCursor(after));
    const left = boundedInteger(skip ?? 0, 'skip', 0, MAX_ROWS_PER_PAGE);
    // Rows that the viewer sees are counted; others may stand between them.
    const begin = left === 0 ? place : (pageOfRows(served, left, place).entries.at(-1)?.place ?? place);
    return toRowConnection(served.slate.id, pageOfRows(served, limit, begin));
  },
};

const Row: RowResolvers = {
  id: ({ served, index }) => rowId(served.slate.id, index),
  kind: ({ row: { kind } }) => kind,
  headline: ({ row: { headline } }) => headline,
  reason: ({ row: { reason } }) => toReason(reason),
  items({ served, index }, { first, after }) {
    const limit = boundedInteger(first ?? 20, 'first', 1, MAX_ITEMS_PER_PAGE);
    const place = placeIn(served.slate.id, after == null ? undefined : parseItemCursor(after));
    return toItemConnection(served.slate.id, pageOfItems(served, index, limit, place));
  },
};

/** @throws MarqueeError CURSOR_INVALID for a cursor of another slate. */
function placeIn(slateId: string, cursor: SlateCursor | undefined): number {
  if (cursor === undefined) return -1;
  if (cursor.slateId === slateId) return cursor.place;
  throw new MarqueeError('CURSOR_INVALID', { message: 'after is a cursor of another page.', field: 'after' });
}

const homeChanged: SubscriptionResolvers['homeChanged'] = {
  subscribe: async (_parent, { input }, { homeChanges, request }) =>
    homeChanges.of({
      ...fromHomeInput(input),
      profileId: requireViewer(request).profileId,
      lastEventId: request.lastEventId,
    }),
};

export const homeResolvers = { Query: { home, row }, Subscription: { homeChanged }, Home, Row };
