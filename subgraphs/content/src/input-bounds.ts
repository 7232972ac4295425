/** Bounds on what clients send. What is outside is refused, by the field's name, before anything is looked up. */
import { MAX_PAGE } from '@marquee/catalogue';
import { MarqueeError } from '@marquee/service-kit';

const MAX_ID_LENGTH = 128;
const MAX_SEARCH_LENGTH = 200;
const DEFAULT_FIRST = 20;

export function isPossibleId(id: string): boolean {
  return id.length >= 1 && id.length <= MAX_ID_LENGTH;
}

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedId(id: string, field: string): string {
  if (isPossibleId(id)) return id;
  throw refused(field, `must have 1 to ${MAX_ID_LENGTH} characters`);
}

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedIds(ids: readonly string[], max: number, field: string): readonly string[] {
  if (ids.length > max) throw refused(field, `must have at most ${max} entries`);
  for (const id of ids) boundedId(id, field);
  return ids;
}

/** @throws MarqueeError BAD_USER_INPUT with field `first`. */
export function boundedFirst(first: number | null | undefined): number {
  return boundedInteger(first ?? DEFAULT_FIRST, 1, MAX_PAGE, 'first');
}

/** @throws MarqueeError BAD_USER_INPUT with field `search`. */
export function boundedSearch(search: string | null | undefined): string | undefined {
  if (search === null || search === undefined || search.length <= MAX_SEARCH_LENGTH)
    return search ?? undefined;
  throw refused('search', `must have at most ${MAX_SEARCH_LENGTH} characters`);
}

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedInteger(value: number, from: number, to: number, field: string): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw refused(field, `must be a whole number from ${from} to ${to}`);
}

function refused(field: string, why: string): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', { message: `${field} ${why}.`, field });
}
