/** Bounds on what clients send. What is outside is refused before anything is looked up. */
import { MarqueeError } from '@marquee/service-kit';

export const MAX_ID_LENGTH = 128;
export const MAX_ROWS_PER_PAGE = 30;
export const MAX_ITEMS_PER_PAGE = 100;

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedId(id: string, field: string): string {
  if (id.length >= 1 && id.length <= MAX_ID_LENGTH) return id;
  throw refused(field, `must have 1 to ${MAX_ID_LENGTH} characters`);
}

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedIds(ids: readonly string[], max: number, field: string): readonly string[] {
  if (ids.length > max) throw refused(field, `must have at most ${max} entries`);
  for (const id of ids) boundedId(id, field);
  return ids;
}

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedInteger(value: number, field: string, from: number, to: number): number {
  if (value >= from && value <= to) return value;
  throw refused(field, `must be from ${from} to ${to}`);
}

function refused(field: string, why: string): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', { message: `${field} ${why}.`, field });
}
