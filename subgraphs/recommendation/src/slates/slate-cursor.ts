/**
 * Cursors of rows and items: opaque to clients. They name the slate, so that the next page comes from the page
 * the viewer is looking at, even when a newer one exists by then.
 */
import { MarqueeError } from '@marquee/service-kit';

export interface SlateCursor {
  readonly slateId: string;
  /** Place after which to go on. */
  readonly place: number;
}

const ROW_CURSOR = /^r:([\w-]{1,64}):(\d{1,4})$/;
const ITEM_CURSOR = /^i:([\w-]{1,64}):(\d{1,5})$/;

export function rowCursor(slateId: string, row: number): string {
  return encode(`r:${slateId}:${row}`);
}

export function itemCursor(slateId: string, position: number): string {
  return encode(`i:${slateId}:${position}`);
}

/** @throws MarqueeError CURSOR_INVALID for anything else than a cursor between rows. */
export function parseRowCursor(cursor: string): SlateCursor {
  return parse(cursor, ROW_CURSOR, 'rows');
}

/** @throws MarqueeError CURSOR_INVALID for anything else than a cursor between items. */
export function parseItemCursor(cursor: string): SlateCursor {
  return parse(cursor, ITEM_CURSOR, 'items');
}

/** The id of a row, for reaching it again without its page. */
export function rowId(slateId: string, row: number): string {
  return encode(`row:${slateId}:${row}`);
}

/** Undefined for what is not a row's id. */
export function parseRowId(id: string): { readonly slateId: string; readonly row: number } | undefined {
  const [, slateId, row] = /^row:([\w-]{1,64}):(\d{1,4})$/.exec(decode(id)) ?? [];
  return slateId === undefined ? undefined : { slateId, row: Number(row) };
}

function parse(cursor: string, pattern: RegExp, list: string): SlateCursor {
  const [, slateId, place] = pattern.exec(decode(cursor)) ?? [];
  if (slateId === undefined) {
    throw new MarqueeError('CURSOR_INVALID', {
      message: `after is not a cursor of ${list}; send an endCursor of the same list.`,
      field: 'after',
    });
  }
  return { slateId, place: Number(place) };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(cursor: string): string {
  return cursor.length > 200 ? '' : Buffer.from(cursor, 'base64url').toString();
}
