/** A partner: who it is, what it may do, and its keys. Pure. */
import { z } from 'zod';
import { DOCUMENT_POLICIES } from '../trusted-documents/document-policy.ts';

/** Part of every key of it, and a file's name. */
const ENVIRONMENT = /^[a-z][a-z0-9-]{0,31}$/;
const NAME = /^[a-z0-9][\w.-]{0,63}$/;

export function isEnvironment(value: string): boolean {
  return ENVIRONMENT.test(value);
}

const quota = z.object({
  /** Per window. */
  limit: z.number().int().min(1).max(1_000_000_000),
  windowSeconds: z.number().int().min(1).max(86_400),
});
export type Quota = z.infer<typeof quota>;

const key = z.object({
  /** Says in lists and logs which key is meant; part of no secret. */
  id: z.string(),
  /** SHA-256 of the whole key. Enough for 256 random bits: there is nothing to guess faster. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  environment: z.string().regex(ENVIRONMENT),
  /** Seconds since 1970. */
  issuedAt: z.number(),
  expiresAt: z.number().optional(),
  revokedAt: z.number().optional(),
  note: z.string().optional(),
});
export type PartnerKey = z.infer<typeof key>;

export const partnerSchema = z.object({
  /** Also the client's name in the registry of operations, in metrics and in logs. */
  name: z.string().regex(NAME, 'must be letters, digits, `.`, `_` and `-`, at most 64'),
  policy: z.enum(DOCUMENT_POLICIES),
  scopes: z.array(z.string().regex(/^[\x21-\x7e]{1,128}$/)).max(100),
  /** The contract variant it sees. Absent: the whole graph. */
  contract: z.string().optional(),
  rateLimit: quota,
  /** In the units of the gateway's cost estimate. */
  costBudget: quota.optional(),
  keys: z.array(key).max(1_000),
});
export type Partner = z.infer<typeof partnerSchema>;

/** @param now seconds since 1970. */
export function keyState(
  { revokedAt, expiresAt }: PartnerKey,
  now: number,
): 'active' | 'revoked' | 'expired' {
  if (revokedAt !== undefined && revokedAt <= now) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}
