/** Whose tokens are believed, as part of a configuration file. Secrets do not belong in files: keys come from a key set. */
import { z } from 'zod';
import {
  type AuthConfig,
  DEFAULT_CLAIMS,
  DEFAULT_MAX_TOKEN_CHARACTERS,
  isTrustworthySource,
  KEY_SET_ALGORITHMS,
} from './auth-variables.ts';

const name = z.string().min(1).max(128);
const milliseconds = (fallback: number) => z.number().int().min(1).max(86_400_000).default(fallback);

export const authenticationSchema = z.strictObject({
  jwks: z.strictObject({
    /** Address or file. */
    source: z
      .string()
      .min(1)
      .refine(isTrustworthySource, 'must be an https address, an http address of this machine, or a file'),
    algorithms: z.array(z.enum(KEY_SET_ALGORITHMS)).min(1).default(['RS256', 'ES256']),
    cooldownMs: milliseconds(30_000),
    maxAgeMs: milliseconds(600_000),
    timeoutMs: milliseconds(3_000),
  }),
  issuer: z.string().min(1).optional(),
  audience: z.string().min(1).optional(),
  clockToleranceSeconds: z.number().int().min(0).max(300).default(0),
  requiredClaims: z.array(name).max(32).default([]),
  maxTokenCharacters: z.number().int().min(256).max(65_536).default(DEFAULT_MAX_TOKEN_CHARACTERS),
  claims: z
    .strictObject({
      profileId: name.default(DEFAULT_CLAIMS.profileId),
      scopes: name.default(DEFAULT_CLAIMS.scopes),
      roles: name.default(DEFAULT_CLAIMS.roles),
    })
    .prefault({}),
});

export function authenticationConfig(given: z.infer<typeof authenticationSchema>): AuthConfig {
  const { jwks: keySet, issuer, audience, ...others } = given;
  return { secret: undefined, issuer, audience, keySet, ...others };
}
