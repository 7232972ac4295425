/**
 * A preview variant as it is handed from whoever publishes it to the gateways: the supergraph of a branch under a name,
 * until a day, perhaps with subgraphs at other addresses. In the configuration broadcast a list says which variants
 * there are, and each has a text of its own; in a folder each is one file.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { assertPublishable, hashOfSupergraph } from '../published-supergraph.ts';

/** Key of the configuration broadcast with the list of variants. */
export const VARIANTS_KEY = 'supergraph.variants';
/** By its hash, so that whoever loses the race for a name has overwritten nobody's text. */
export const variantTextKey = ({ name, hash }: Pick<VariantPublication, 'name' | 'hash'>): string =>
  `${VARIANTS_KEY}.${name}.${hash}`;
/** The folder with the variants of a supergraph that gateways follow as a file. */
export const variantFolder = (supergraphFile: string): string => `${supergraphFile}.variants`;
export const variantFile = (name: string): string => `${name}.json`;

export const VARIANT_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Each costs a gateway a schema, a planner and plans. */
export const MAX_PUBLISHED_VARIANTS = 20;
export const MAX_VARIANT_DAYS = 90;

const MAX_SDL_BYTES = 64 * 1024 * 1024;
const DAY_MS = 86_400_000;

export interface VariantPublication {
  readonly name: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly publishedBy: string;
  readonly note: string;
  /** ISO 8601; from then on nobody is served by it. */
  readonly expiresAt: string;
  /** Addresses in place of those that gateways know, by subgraph. */
  readonly urls: Readonly<Record<string, string>>;
}

export interface PublishedVariant extends VariantPublication {
  readonly sdl: string;
}

const publication = z
  .object({
    name: z.string().regex(VARIANT_NAME),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    publishedAt: z.iso.datetime(),
    publishedBy: z.string().max(256),
    note: z.string().max(2_000),
    expiresAt: z.iso.datetime(),
    urls: z.record(z.string().max(256), z.url({ protocol: /^https?$/ }).max(2_048)),
  })
  // A variant that nobody takes away goes by itself, whoever wrote it.
  .refine(
    ({ publishedAt, expiresAt }) =>
      Date.parse(expiresAt) - Date.parse(publishedAt) <= MAX_VARIANT_DAYS * DAY_MS,
    `lives longer than ${MAX_VARIANT_DAYS} days`,
  );

const list = z.object({ format: z.literal(1), variants: z.array(publication).max(MAX_PUBLISHED_VARIANTS) });
const whole = z.object({ format: z.literal(1), variant: publication, sdlGzip: z.base64() });

export function encodeVariants(variants: readonly VariantPublication[]): string {
  return JSON.stringify({ format: 1, variants });
}

/** @throws MarqueeError CONFIG_INVALID for whatever `encodeVariants` did not make. */
export function decodeVariants(value: string): readonly VariantPublication[] {
  return readable('list of preview variants', () => list.parse(JSON.parse(value)).variants);
}

/** @throws MarqueeError BAD_USER_INPUT for what `decodeVariant` would refuse. */
export function encodeVariant({ sdl, ...variant }: PublishedVariant): string {
  assertPublishable(publication, variant);
  return JSON.stringify({ format: 1, variant, sdlGzip: gzipSync(sdl, { level: 9 }).toString('base64') });
}

/** @throws MarqueeError CONFIG_INVALID for whatever `encodeVariant` did not make, or what was damaged on the way. */
export function decodeVariant(value: string): PublishedVariant {
  return readable('preview variant', () => {
    const { variant, sdlGzip } = whole.parse(JSON.parse(value));
    const unpacked = gunzipSync(Buffer.from(sdlGzip, 'base64'), { maxOutputLength: MAX_SDL_BYTES });
    const sdl = unpacked.toString('utf8');
    if (hashOfSupergraph(sdl) !== variant.hash) throw new Error('the text is not the one its hash is of');
    return { ...variant, sdl };
  });
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `this is no ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}
