/**
 * Cursors of rows and items: opaque to clients. They name the slate, so that the next page comes from the page
 * the viewer is looking at, even when a newer one exists by then.
 */
import { hash } from 'node:crypto';
import { MarqueeError } from '@marquee/service-kit';
import type { StoredSlate } from './stored-slate.ts';

export interface SlateCursor {
  readonly slateId: string;
  /** Place after which to go on. */
  readonly place: number;
}

const ROW_CURSOR = /^r:([\w-]{1,64}):(\d{1,4})$/;
const ITEM_CURSOR = /^i:([\w-]{1,64}):(\d{1,5})$/;
const TITLE_ITEM_CURSOR = /^t:([\w-]{1,64}):(\d{1,5}):([\w-]{12})$/;

export function rowCursor(slateId: string, row: number): string {
  return encode(`r:${slateId}:${row}`);
}

export function itemCursor(slateId: string, position: number): string {
  return encode(`i:${slateId}:${position}`);
}

/**
 * A cursor in the list about one title. Such lists are made anew with every request, so the cursor says which
 * list it belongs to: the same surface, title and viewer.
 */
export function titleItemCursor(slateId: string, position: number, list: string): string {
  return encode(`t:${slateId}:${position}:${list}`);
}

/** Names the list that a slate about a title is a version of. */
export function titleListOf({ surface, about, profileId }: StoredSlate): string {
  return hash('sha256', JSON.stringify([surface, about, profileId ?? null]), 'base64url').slice(0, 12);
}

/** @throws MarqueeError CURSOR_INVALID for anything else than a cursor of that list. */
export function parseTitleItemCursor(cursor: string, list: string): SlateCursor {
  const [, slateId, place, ofList] = TITLE_ITEM_CURSOR.exec(decode(cursor)) ?? [];
  if (slateId === undefined || ofList !== list) throw invalid('items of this list');
  return { slateId, place: Number(place) };
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
  if (slateId === undefined) throw invalid(list);
  return { slateId, place: Number(place) };
}

function invalid(list: string): MarqueeError {
  return new MarqueeError('CURSOR_INVALID', {
    message: `after is not a cursor of ${list}; send an endCursor of the same list.`,
    field: 'after',
  });
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(cursor: string): string {
  return cursor.length > 200 ? '' : Buffer.from(cursor, 'base64url').toString();
}
