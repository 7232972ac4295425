/**
 * Keyset cursors: the sort key of the entry they continue after, and whose list they belong to, so that a
 * cursor of another list or profile is refused instead of silently paging from a strange place.
 */
import { hash32, type ProfileId, type TitleId } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';

export type ListName = 'my-list' | 'history';

export interface CursorKey {
  readonly at: number;
  readonly titleId: TitleId;
}

export function encodeCursor(list: ListName, profileId: ProfileId, key: CursorKey): string {
  return Buffer.from(JSON.stringify([ownerOf(list, profileId), key.at, key.titleId])).toString('base64url');
}

/** @throws MarqueeError CURSOR_INVALID. */
export function decodeCursor(list: ListName, profileId: ProfileId, cursor: string): CursorKey {
  const invalid = () =>
    new MarqueeError('CURSOR_INVALID', { message: 'The cursor is not valid for this list.', field: 'after' });
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw invalid();
  }
  if (!Array.isArray(decoded)) throw invalid();
  const [owner, at, titleId] = decoded as unknown[];
  if (owner !== ownerOf(list, profileId) || !Number.isSafeInteger(at) || typeof titleId !== 'string') {
    throw invalid();
  }
  return { at: at as number, titleId };
}

function ownerOf(list: ListName, profileId: ProfileId): number {
  return hash32(profileId, hash32(list));
}
