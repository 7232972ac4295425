/**
 * Headers that decide who asks and what is read may come once. Node keeps the first of some repeated headers and
 * joins others, and what stands before us may choose differently: a request that two parties read differently is
 * refused.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';
import { VARIANT_HEADER } from '../federation/variants/variant-access.ts';
import { PROFILE_HEADER } from '../identity/identity.ts';

const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'host',
  PROFILE_HEADER,
  'x-api-key',
  VARIANT_HEADER,
]);

/** @param rawHeaders names and values in turn, as Node's `rawHeaders`. Returns the name in lower case. */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** Refuses with BAD_REQUEST naming the header. */
export function addHeaderRules(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    const repeated = repeatedHeader(raw.rawHeaders);
    if (repeated !== undefined) {
      const message = `The header ${repeated} may be sent once.`;
      return done(new MarqueeError('BAD_REQUEST', { message, field: repeated }));
    }
    // Node's own check is off because its answer has no body.
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      return done(new MarqueeError('BAD_REQUEST', { message: 'The header host is missing.', field: 'host' }));
    }
    done();
  });
}
