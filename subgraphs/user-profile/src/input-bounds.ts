/** Bounds on what clients send. What is outside is refused before anything is looked up. */
import { MarqueeError } from '@marquee/service-kit';

const MAX_ID_LENGTH = 128;
const MAX_FIRST = 100;

/** @throws MarqueeError BAD_USER_INPUT naming `field`. */
export function boundedId(id: string, field: string): string {
  if (id.length >= 1 && id.length <= MAX_ID_LENGTH) return id;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `${field} must have 1 to ${MAX_ID_LENGTH} characters.`,
    field,
  });
}

/** @throws MarqueeError BAD_USER_INPUT with field `first`. */
export function boundedFirst(first: number | null | undefined, fallback = 20): number {
  const value = first ?? fallback;
  if (value >= 1 && value <= MAX_FIRST) return value;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `first must be from 1 to ${MAX_FIRST}.`,
    field: 'first',
  });
}
