/**
 * A supergraph as it is handed from whoever publishes it to the gateways: the text with what is to be known of its
 * origin. Compressed, because the configuration broadcast carries values of up to a megabyte.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

/** Key of the configuration broadcast under which the version in force stands. */
export const SUPERGRAPH_KEY = 'supergraph';

/** Bound on what is unpacked: a text that is larger is no supergraph of anybody's. */
const MAX_SDL_BYTES = 64 * 1024 * 1024;

export interface Publication {
  /** 1 for the first that was ever published, then one more each time. */
  readonly version: number;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly publishedBy: string;
  readonly note: string;
  /** The version whose text this is once more. */
  readonly rollbackTo?: number | undefined;
}

export interface PublishedSupergraph extends Publication {
  readonly sdl: string;
}

const publication = z.object({
  version: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  publishedAt: z.iso.datetime(),
  publishedBy: z.string().max(256),
  note: z.string().max(2_000),
  rollbackTo: z.number().int().min(1).optional(),
});

/** Fields that a later version adds are of no concern to this one; another `format` is. */
const envelope = publication.extend({ format: z.literal(1), sdlGzip: z.base64() });

export function hashOfSupergraph(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex');
}

/**
 * Before it is written anywhere: what whoever reads it would refuse would be in the way of every later one.
 * @throws MarqueeError BAD_USER_INPUT naming what is too long.
 */
export function assertPublishable<T extends z.ZodType>(schema: T, about: z.infer<T>): void {
  const result = schema.safeParse(about);
  if (result.success) return;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new MarqueeError('BAD_USER_INPUT', `this cannot be published: ${problems.join('; ')}`);
}

/** @throws MarqueeError BAD_USER_INPUT for what `decodeSupergraph` would refuse. */
export function encodeSupergraph({ sdl, ...about }: PublishedSupergraph): string {
  assertPublishable(publication, about);
  return JSON.stringify({ format: 1, ...about, sdlGzip: gzipSync(sdl, { level: 9 }).toString('base64') });
}

/** @throws MarqueeError CONFIG_INVALID for whatever `encodeSupergraph` did not make, or what was damaged on the way. */
export function decodeSupergraph(value: string): PublishedSupergraph {
  try {
    const { format: _, sdlGzip, ...about } = envelope.parse(JSON.parse(value));
    const unpacked = gunzipSync(Buffer.from(sdlGzip, 'base64'), { maxOutputLength: MAX_SDL_BYTES });
    const sdl = unpacked.toString('utf8');
    if (hashOfSupergraph(sdl) !== about.hash) throw new Error('the text is not the one its hash is of');
    return { ...about, sdl };
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `this is no published supergraph: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

export const publicationSchema: z.ZodType<Publication> = publication;
