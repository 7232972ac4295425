/**
 * Which pages of other origins may read answers of the graph: the CORS protocol of the Fetch standard
 * (https://fetch.spec.whatwg.org/#http-cors-protocol). A page that is not allowed gets the answers of everybody without
 * the headers that let its browser show them to it. Refusals have them as well: a page that is told to come back later
 * has to be able to read when.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

const ANY = '*';
const ORIGIN = /^(\*|https?:\/\/(\*\.)?([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?)$/;
const origins = z
  .array(
    z.string().regex(ORIGIN, 'must be an origin like https://app.example.com, https://*.example.com, or *'),
  )
  .max(100);

export const OPEN_WITH_CREDENTIALS =
  'must not go with the origin *: any page could ask as whoever is signed in';

export const corsSchema = z
  .strictObject({
    /** Absent: pages of the gateway's own origin alone. */
    origins: origins.default([]),
    /** Whether browsers may send cookies and certificates along; tokens in a header need it not. */
    credentials: z.boolean().default(false),
    /** How long browsers need not ask again before a request. */
    maxAgeSeconds: z.number().int().min(0).max(86_400).default(600),
  })
  .refine(isSafe, { path: ['credentials'], message: OPEN_WITH_CREDENTIALS });

export interface CorsOptions {
  readonly origins: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

/** The same from the environment. */
export const CORS_VARIABLES = {
  /** Origins of pages that may read answers, with commas between: `https://app.example.com`, `https://*.example.com`, or `*`. */
  MARQUEE_CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(origins)
    .optional(),
  /** Whether browsers may send cookies and certificates along; bearer tokens need it not. */
  MARQUEE_CORS_CREDENTIALS: z.enum(['on', 'off']).default('off'),
  /** How long browsers need not ask again before a request. */
  MARQUEE_CORS_MAX_AGE_SECONDS: z.coerce.number().int().min(0).max(86_400).default(600),
};

const variables = z.object(CORS_VARIABLES);

export function corsConfig(given: z.infer<typeof variables>): CorsOptions {
  return {
    origins: given.MARQUEE_CORS_ORIGINS ?? [],
    credentials: given.MARQUEE_CORS_CREDENTIALS === 'on',
    maxAgeSeconds: given.MARQUEE_CORS_MAX_AGE_SECONDS,
  };
}

export function isSafe({ origins, credentials }: Pick<CorsOptions, 'origins' | 'credentials'>): boolean {
  return !credentials || !origins.includes(ANY);
}

const METHODS = 'GET, POST';
/** What a client needs of an answer beside its body; browsers show few headers unasked. */
const EXPOSED = [
  'deprecation',
  'etag',
  'link',
  'marquee-variant',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'sunset',
  'x-request-id',
].join(', ');
const HEADER_NAMES = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+( *, *[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;
const MAX_HEADER_NAMES = 1_024;

/** First of all hooks that may refuse. @param paths templates of routes. */
export function addCors(server: FastifyInstance, paths: readonly string[], options: CorsOptions): void {
  if (options.origins.length === 0) return;
  const covered = new Set(paths);
  const isCovered = ({ routeOptions }: FastifyRequest): boolean => covered.has(routeOptions.url ?? '');
  const isOpen = options.origins.includes(ANY);
  const allows = allowedOrigins(options.origins);

  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin === undefined || !isCovered(request) || !allows(origin)) return done();
    reply.header('access-control-allow-origin', isOpen ? ANY : origin);
    if (options.credentials) reply.header('access-control-allow-credentials', 'true');
    if (request.method === 'OPTIONS' && 'access-control-request-method' in request.headers) {
      return void answerPreflight(request, reply, options.maxAgeSeconds);
    }
    reply.header('access-control-expose-headers', EXPOSED);
    done();
  });
  if (isOpen) return;
  // Also for whoever is not allowed, or comes from no page: whatever keeps the answer must not give it to a page.
  server.addHook('onSend', (request, reply, payload, done) => {
    if (isCovered(request)) {
      const vary = reply.getHeader('vary');
      reply.header('vary', vary === undefined ? 'origin' : `${vary}, origin`);
    }
    done(null, payload);
  });
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply, maxAgeSeconds: number): void {
  const names = request.headers['access-control-request-headers'];
  reply
    .code(204)
    .headers({ 'access-control-allow-methods': METHODS, 'access-control-max-age': String(maxAgeSeconds) });
  // An origin that may ask at all may send what it likes: what a header is worth is for the gateway to say.
  if (names !== undefined && names.length <= MAX_HEADER_NAMES && HEADER_NAMES.test(names)) {
    reply.header('access-control-allow-headers', names).header('vary', 'access-control-request-headers');
  }
  reply.send();
}

/** `https://*.example.com` are all below it, and not itself. */
function allowedOrigins(allowed: readonly string[]): (origin: string) => boolean {
  if (allowed.includes(ANY)) return () => true;
  const exact = new Set(allowed.filter((origin) => !origin.includes('*')));
  const below = allowed
    .filter((origin) => origin.includes('*'))
    .map((origin): [scheme: string, domain: string] => {
      const at = origin.indexOf('*');
      return [origin.slice(0, at), origin.slice(at + 1)];
    });
  return (origin) =>
    exact.has(origin) ||
    below.some(
      ([scheme, domain]) =>
        origin.startsWith(scheme) &&
        origin.endsWith(domain) &&
        /^[a-z0-9.-]+$/.test(origin.slice(scheme.length, origin.length - domain.length)),
    );
}
