/**
 * `ETag` on answers that may be kept, and 304 for clients that have them already (RFC 9110, section 13). Weak, because
 * the same answer may travel in several encodings.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longer lists of tags are not read. */
const MAX_HEADER = 4_096;

/** @returns what is to be sent in place of `payload`; null for a 304, which has no length either. */
export function conditionalAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: string,
): string | null {
  if (request.method !== 'GET' || reply.statusCode !== 200 || !mayBeKept(reply)) return payload;
  const tag = `W/"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', tag);
  if (!matches(request.headers['if-none-match'], tag)) return payload;
  reply.code(304).removeHeader('content-type');
  reply.removeHeader('content-length');
  return null;
}

function mayBeKept(reply: FastifyReply): boolean {
  const policy = reply.getHeader('cache-control');
  return typeof policy === 'string' && /max-age=|no-cache/.test(policy);
}

/** Weak comparison: the marker of weakness is left out on both sides. */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch.length > MAX_HEADER) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (text: string) => text.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((candidate) => opaque(candidate) === opaque(tag));
}
