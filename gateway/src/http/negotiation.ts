/**
 * Which media type an answer has: `Accept` against what GraphQL over HTTP knows for answers of one part
 * (https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types).
 */

export const JSON_TYPE = 'application/json; charset=utf-8';
export const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

/** Ours, in the order in which we prefer them when the client does not care. */
const SUPPORTED = [JSON_TYPE, GRAPHQL_RESPONSE_TYPE] as const;
export type ResponseMediaType = (typeof SUPPORTED)[number];

/** More ranges than any client sends; the rest is not read. */
const MAX_RANGES = 32;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  readonly position: number;
}

/** Clients send a handful of different ones; what is above these bounds is read every time. */
const MAX_KNOWN = 200;
const MAX_KNOWN_LENGTH = 200;

/**
 * Reads each value of `Accept` once.
 * @param read depends on nothing else.
 */
export function readOnce<T>(read: (accept: string | undefined) => T): (accept: string | undefined) => T {
  const known = new Map<string | undefined, T>();
  return (accept) => {
    if (known.has(accept)) return known.get(accept) as T;
    const result = read(accept);
    if (known.size < MAX_KNOWN && (accept?.length ?? 0) <= MAX_KNOWN_LENGTH) known.set(accept, result);
    return result;
  };
}

/**
 * The type the client likes best; undefined when it accepts none of ours. Without the header it is JSON: clients
 * from before the specification expect it.
 */
export const responseMediaType = readOnce(likedMediaType);

function likedMediaType(accept: string | undefined): ResponseMediaType | undefined {
  if (accept === undefined || accept.trim() === '') return JSON_TYPE;
  const ranges = accept.split(',', MAX_RANGES).map(mediaRange);
  const liked = SUPPORTED.map((offered) => ({ offered, range: mostSpecific(ranges, essence(offered)) }))
    .filter(({ range }) => range !== undefined && range.quality > 0)
    .sort((a, b) => b.range!.quality - a.range!.quality || a.range!.position - b.range!.position);
  return liked[0]?.offered;
}

/** For errors: a client that accepts nothing of ours still has to be told. */
export function errorMediaType(accept: string | undefined): ResponseMediaType {
  return responseMediaType(accept) ?? JSON_TYPE;
}

function mediaRange(text: string, position: number): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const parsed = quality === undefined ? 1 : Number(quality);
  return { type, quality: parsed >= 0 && parsed <= 1 ? parsed : 0, position };
}

/** RFC 9110, section 12.5.1: of all ranges that match, the most specific one decides. */
function mostSpecific(ranges: readonly MediaRange[], type: string): MediaRange | undefined {
  const [family] = type.split('/');
  for (const pattern of [type, `${family}/*`, '*/*']) {
    const found = ranges.find((range) => range.type === pattern);
    if (found !== undefined) return found;
  }
  return undefined;
}

function essence(mediaType: string): string {
  return mediaType.slice(0, mediaType.indexOf(';'));
}
