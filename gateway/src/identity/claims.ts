/** From the claims of a verified token to who asks and what they may do. Pure. */
import type { Viewer } from '@marquee/service-kit/subgraph';
import type { ClaimNames } from './auth-variables.ts';
import { isProfileId } from './identity.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What the gateway knows of a viewer. Subgraphs are told the `Viewer` alone. */
export interface IdentifiedViewer extends Viewer {
  readonly roles?: readonly string[];
  /** Of the verified token; for policies. Never logged, never passed on. */
  readonly claims?: Claims;
  /** How long the token still held when it was verified, in milliseconds. Absent: there was none. */
  readonly expiresInMs?: number;
}

/** What the signed header to a subgraph holds. */
const MAX_NAMES = 100;
const MAX_NAME_CHARACTERS = 128;

/** @returns a text that says what is wrong with the claims, for the log. */
export function viewerOf(claims: Claims, names: ClaimNames): IdentifiedViewer | string {
  const profileId = claimAt(claims, names.profileId);
  if (!isProfileId(profileId)) return `\`${names.profileId}\` is not a profile id`;
  const scopes = namesIn(claimAt(claims, names.scopes));
  if (scopes === undefined) return `\`${names.scopes}\` is not a list of scopes`;
  const roles = namesIn(claimAt(claims, names.roles));
  if (roles === undefined) return `\`${names.roles}\` is not a list of roles`;
  return { profileId, scopes, roles, claims };
}

/** The claim of that very name, or what the name leads to as a path: `realm_access.roles`. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

/** OAuth writes scopes as one text with spaces (RFC 6749, section 3.3); many issuers write lists. */
function namesIn(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  const list = typeof value === 'string' ? value.split(' ').filter((name) => name !== '') : value;
  if (!Array.isArray(list) || list.length > MAX_NAMES) return undefined;
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && name !== '' && name.length <= MAX_NAME_CHARACTERS;
  return list.every(isName) ? list : undefined;
}
