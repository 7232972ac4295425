/**
 * Who asks. There is one resolver per mode, chosen once at start: what a request carries never decides how it
 * is trusted.
 */
import type { IdentifiedViewer } from './claims.ts';

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The viewer of a request; undefined for an anonymous one.
 *
 * @throws MarqueeError UNAUTHENTICATED for an identity that is given and not valid. A bad identity is never
 *   taken for an anonymous one: the client would not notice.
 */
export type ViewerIdentity = (headers: RequestHeaders) => Promise<IdentifiedViewer | undefined>;

/** Development only; anybody can send it. */
export const PROFILE_HEADER = 'x-profile-id';

/** Printable ASCII without spaces or commas: a repeated header arrives joined by a comma and is refused. */
const PROFILE_ID = /^[\x21-\x2b\x2d-\x7e]{1,128}$/;

export function isProfileId(value: unknown): value is string {
  return typeof value === 'string' && PROFILE_ID.test(value);
}
