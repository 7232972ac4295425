/**
 * How tokens are to be checked, as configuration: a shared secret (HS256), a key set (JWKS), or both while one
 * takes over from the other. Apart from the rest of the edge's configuration, because the rules are about keys.
 */
import { z } from 'zod';

/** HS256 keys shorter than its hash weaken it (RFC 7518, section 3.2). */
export const MIN_SECRET_BYTES = 32;

/** Public-key algorithms only: a key set is public, so whatever could sign with what it holds would be forging. */
export const KEY_SET_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

export interface KeySetConfig {
  /** `https:` address, `http:` address of this machine, or path of a file. */
  readonly source: string;
  readonly algorithms: readonly string[];
  /** Shortest time between two attempts to load the set, successful or not. */
  readonly cooldownMs: number;
  /** After it the set is loaded anew; the old one is kept when that fails. */
  readonly maxAgeMs: number;
  /** For the whole of one attempt. */
  readonly timeoutMs: number;
}

/** Names of claims; one that no claim has is read as a path of names with dots between. */
export interface ClaimNames {
  readonly profileId: string;
  /** Text with spaces between, or a list. */
  readonly scopes: string;
  readonly roles: string;
}

export interface AuthConfig {
  /** HS256 key, at least 32 bytes. In production there is this, or `keySet`, or both. */
  readonly secret: string | undefined;
  /** Required `iss`, when given. */
  readonly issuer: string | undefined;
  /** Required `aud`, when given. */
  readonly audience: string | undefined;
  readonly keySet?: KeySetConfig | undefined;
  /** By how much the clocks of issuer and gateway may differ. Default 0. */
  readonly clockToleranceSeconds?: number;
  /** Beside `exp` and the profile id. Default none. */
  readonly requiredClaims?: readonly string[];
  /** Longer tokens are refused unread. Default 4,096. */
  readonly maxTokenCharacters?: number;
  readonly claims?: ClaimNames;
}

export const DEFAULT_MAX_TOKEN_CHARACTERS = 4_096;
export const DEFAULT_CLAIMS: ClaimNames = { profileId: 'sub', scopes: 'scope', roles: 'roles' };

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(86_400_000).default(fallback);
const names = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .pipe(z.array(z.string().min(1).max(128)).max(32));

export const AUTH_VARIABLES = {
  /** Key of HS256 bearer tokens. Production needs it, or a key set. */
  MARQUEE_AUTH_SECRET: z
    .string()
    .refine((secret) => secret.trim() !== '', 'must not be blank')
    .refine(
      (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      `must have at least ${MIN_SECRET_BYTES} bytes`,
    )
    .optional(),
  /** What tokens must have as `iss`, where set. */
  MARQUEE_AUTH_ISSUER: z.string().min(1).optional(),
  /** What tokens must have in `aud`, where set. */
  MARQUEE_AUTH_AUDIENCE: z.string().min(1).optional(),
  /** Address or file of a JSON Web Key Set (RFC 7517). */
  MARQUEE_AUTH_JWKS: z
    .string()
    .min(1)
    .refine(isTrustworthySource, 'must be an https address, an http address of this machine, or a file')
    .optional(),
  /** Signatures that are taken from the key set, with commas between. */
  MARQUEE_AUTH_ALGORITHMS: names.pipe(z.array(z.enum(KEY_SET_ALGORITHMS)).min(1)).default(['RS256', 'ES256']),
  /** Between two readings of the key set, however many tokens name keys that are not in it. */
  MARQUEE_AUTH_JWKS_COOLDOWN_MS: milliseconds(30_000),
  /** After which the key set is read again. */
  MARQUEE_AUTH_JWKS_MAX_AGE_MS: milliseconds(600_000),
  /** How long reading the key set may take. */
  MARQUEE_AUTH_JWKS_TIMEOUT_MS: milliseconds(3_000),
  /** By how much the clock of who signs tokens may be off. */
  MARQUEE_AUTH_CLOCK_TOLERANCE_SECONDS: z.coerce.number().int().min(0).max(300).default(0),
  /** Claims that every token must have, with commas between. */
  MARQUEE_AUTH_REQUIRED_CLAIMS: names.default([]),
  /** Longer tokens are refused unread. */
  MARQUEE_AUTH_MAX_TOKEN_CHARACTERS: z.coerce
    .number()
    .int()
    .min(256)
    .max(65_536)
    .default(DEFAULT_MAX_TOKEN_CHARACTERS),
  /** The claim that names the profile. */
  MARQUEE_AUTH_PROFILE_CLAIM: z.string().min(1).max(128).default(DEFAULT_CLAIMS.profileId),
  /** The claim with the scopes, for `@requiresScopes`. */
  MARQUEE_AUTH_SCOPE_CLAIM: z.string().min(1).max(128).default(DEFAULT_CLAIMS.scopes),
  /** The claim with the roles, for `@policy`. */
  MARQUEE_AUTH_ROLES_CLAIM: z.string().min(1).max(128).default(DEFAULT_CLAIMS.roles),
};

const variables = z.object(AUTH_VARIABLES);

export function authConfig(given: z.infer<typeof variables>): AuthConfig {
  const { MARQUEE_AUTH_JWKS: source } = given;
  return {
    secret: given.MARQUEE_AUTH_SECRET,
    issuer: given.MARQUEE_AUTH_ISSUER,
    audience: given.MARQUEE_AUTH_AUDIENCE,
    ...(source === undefined
      ? {}
      : {
          keySet: {
            source,
            algorithms: given.MARQUEE_AUTH_ALGORITHMS,
            cooldownMs: given.MARQUEE_AUTH_JWKS_COOLDOWN_MS,
            maxAgeMs: given.MARQUEE_AUTH_JWKS_MAX_AGE_MS,
            timeoutMs: given.MARQUEE_AUTH_JWKS_TIMEOUT_MS,
          },
        }),
    clockToleranceSeconds: given.MARQUEE_AUTH_CLOCK_TOLERANCE_SECONDS,
    requiredClaims: given.MARQUEE_AUTH_REQUIRED_CLAIMS,
    maxTokenCharacters: given.MARQUEE_AUTH_MAX_TOKEN_CHARACTERS,
    claims: {
      profileId: given.MARQUEE_AUTH_PROFILE_CLAIM,
      scopes: given.MARQUEE_AUTH_SCOPE_CLAIM,
      roles: given.MARQUEE_AUTH_ROLES_CLAIM,
    },
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Keys that come over an open network are whatever somebody on it wants them to be. */
export function isTrustworthySource(source: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(source)) return true;
  const url = URL.parse(source);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

/** A mistake in a configuration that was put together in code; undefined for none. */
export function authProblem(auth: AuthConfig, production: boolean): string | undefined {
  const { secret, keySet } = auth;
  if (secret === undefined) {
    return keySet === undefined && production
      ? `MARQUEE_AUTH_SECRET: needs at least ${MIN_SECRET_BYTES} bytes in production mode, or MARQUEE_AUTH_JWKS a key set`
      : undefined;
  }
  return secret.trim() === '' || Buffer.byteLength(secret) < MIN_SECRET_BYTES
    ? `MARQUEE_AUTH_SECRET: needs at least ${MIN_SECRET_BYTES} bytes`
    : undefined;
}
