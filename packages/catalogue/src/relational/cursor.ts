/**
 * Cursors: the sort key of the last title seen, with a fingerprint of the list it belongs to. They are opaque
 * to clients and carry nothing that the client has not been shown.
 */
import { hash32 } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

/** Row-wise ascending; the last part is the title's id, which makes keys unique. */
export type SortKey = readonly (string | number)[];

const MAX_CURSOR_LENGTH = 2_000;

const cursorContent = z.tuple([z.number(), z.array(z.union([z.string(), z.number()])).max(4)]);

/** A number that differs between lists; `parts` say what the list is, but not the instant it is read at. */
export function listFingerprint(parts: Readonly<Record<string, unknown>>): number {
  const entries = Object.entries(parts).filter(([, value]) => value !== undefined);
  return hash32(JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function encodeCursor(fingerprint: number, key: SortKey): string {
  return Buffer.from(JSON.stringify([fingerprint, key])).toString('base64url');
}

/**
 * @param types what the list's keys consist of.
 * @throws MarqueeError CURSOR_INVALID for anything that `encodeCursor` did not make for this list.
 */
export function decodeCursor(
  cursor: string,
  fingerprint: number,
  types: readonly ('string' | 'number')[],
): SortKey {
  const content = cursor.length > MAX_CURSOR_LENGTH ? undefined : parseCursor(cursor);
  if (content === undefined) throw invalid('it is not a cursor of this service');
  const [list, key] = content;
  if (list !== fingerprint) throw invalid('it belongs to another list');
  if (key.length !== types.length || !key.every((part, i) => isOf(types[i], part))) {
    throw invalid('it is not a cursor of this service');
  }
  return key;
}

/** Numbers in sort keys are whole; a database may refuse to compare its own with anything else. */
function isOf(type: 'string' | 'number' | undefined, part: string | number): boolean {
  return type === 'number' ? Number.isSafeInteger(part) : typeof part === type;
}

function parseCursor(cursor: string): z.infer<typeof cursorContent> | undefined {
  try {
    return cursorContent.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function invalid(reason: string): MarqueeError {
  return new MarqueeError('CURSOR_INVALID', {
    message: `The cursor is not valid for this list: ${reason}.`,
    field: 'after',
  });
}
