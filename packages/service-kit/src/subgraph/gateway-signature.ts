/**
 * How a subgraph knows that a request comes from a gateway, and what the gateway says about it: one signed header
 * that carries the request's context and the hash of its body.
 *
 * `x-marquee-gateway: v1.<payload>.<signature>`: payload is base64url JSON, signature the HMAC-SHA-256 (RFC 2104)
 * of `v1.<payload>` under a secret that gateways and subgraphs share. A captured header is good for one subgraph, one
 * body and the clock tolerance. Subgraph and body are part of what is signed, so that it cannot be used for another.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { deadlineAfter } from '../deadline.ts';
import { MarqueeError } from '../errors.ts';
import type { RequestContext } from './index.ts';

export const GATEWAY_HEADER = 'x-marquee-gateway';

/** HS256 keys shorter than its hash weaken it (RFC 7518, section 3.2). */
export const MIN_GATEWAY_SECRET_BYTES = 32;

/** How far the clocks of two machines may differ, and how long a captured header could be replayed. */
const CLOCK_TOLERANCE_MS = 30_000;
const MAX_HEADER_LENGTH = 8_192;
const MAX_DEADLINE_MS = 600_000;

const payloadSchema = z.object({
  /** Name of the subgraph the request is for. */
  aud: z.string(),
  /** When it was signed, epoch milliseconds. */
  iat: z.number().int(),
  /** SHA-256 of the body, base64url. */
  body: z.string(),
  requestId: z.string().max(128),
  /** Time the answer may still take. */
  deadlineMs: z.number().min(0).max(MAX_DEADLINE_MS),
  viewer: z
    .object({ profileId: z.string().min(1).max(128), scopes: z.array(z.string().max(128)).max(100) })
    .optional(),
  traceparent: z.string().max(128).optional(),
  lastEventId: z.string().max(256).optional(),
});

export interface GatewaySignatureOptions {
  /** The name of the subgraph, as in the supergraph. */
  readonly subgraph: string;
  /** At least 32 bytes. */
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The value of GATEWAY_HEADER for a request with this body. */
export function signGatewayRequest(
  context: RequestContext,
  body: string | Uint8Array,
  options: GatewaySignatureOptions,
): string {
  const payload = {
    aud: options.subgraph,
    iat: options.now,
    body: hashOf(body),
    requestId: context.requestId,
    deadlineMs: Math.min(MAX_DEADLINE_MS, Math.floor(context.deadline.remainingMs())),
    ...(context.viewer === undefined ? {} : { viewer: context.viewer }),
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...(context.lastEventId === undefined ? {} : { lastEventId: context.lastEventId }),
  };
  const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return `${signed}.${signatureOf(signed, options.secret).toString('base64url')}`;
}

export interface VerificationOptions extends Omit<GatewaySignatureOptions, 'secret'> {
  /** Every secret that is accepted: two of them while one is being replaced by the other. */
  readonly secrets: readonly string[];
}

/**
 * The context that a gateway sent.
 * @throws MarqueeError UNAUTHENTICATED for a header that is missing, forged, stale, or for another subgraph or body.
 */
export function verifyGatewayRequest(
  header: string | undefined,
  body: string | Uint8Array,
  options: VerificationOptions,
): RequestContext {
  if (header === undefined) throw refused('it carries no gateway signature');
  if (header.length > MAX_HEADER_LENGTH) throw refused('its gateway signature is too long');
  const [version, encoded, signature, ...rest] = header.split('.');
  if (version !== 'v1' || encoded === undefined || signature === undefined || rest.length > 0) {
    throw refused('its gateway signature is malformed');
  }
  const given = Buffer.from(signature, 'base64url');
  if (!options.secrets.some((secret) => isSignature(given, `v1.${encoded}`, secret))) {
    throw refused('its gateway signature is wrong');
  }
  // Signed by us: a payload that does not parse is a version conflict, not an attack.
  const parsed = payloadSchema.safeParse(parseJson(encoded));
  if (!parsed.success) throw refused('its gateway signature has an unknown content');
  const { aud, iat, body: hash, requestId, deadlineMs, viewer, traceparent, lastEventId } = parsed.data;
  if (aud !== options.subgraph) throw refused(`it is meant for ${aud}`);
  if (Math.abs(options.now - iat) > CLOCK_TOLERANCE_MS) throw refused('its gateway signature is out of date');
  if (hash !== hashOf(body)) throw refused('its body is not the signed one');
  return {
    requestId,
    deadline: deadlineAfter(deadlineMs),
    ...(viewer === undefined ? {} : { viewer }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(lastEventId === undefined ? {} : { lastEventId }),
  };
}

function refused(why: string): MarqueeError {
  return new MarqueeError('UNAUTHENTICATED', `This request is not accepted: ${why}.`);
}

function signatureOf(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

function isSignature(given: Buffer, text: string, secret: string): boolean {
  const expected = signatureOf(text, secret);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function hashOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url');
}

function parseJson(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
