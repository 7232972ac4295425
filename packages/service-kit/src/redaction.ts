/**
 * Takes secrets out of what is about to be logged, by the names they usually have, so that no call site has to remember it.
 * A walk of our own, because the logger's paths with wildcards cost more than the rest of a line.
 */
export const CENSOR = '[redacted]';

/** Headers altogether: what a client or partner puts into one of its own may be as secret. */
const SECRETS: ReadonlySet<string> = new Set([
  'apiKey',
  'authorization',
  'cookie',
  'headers',
  'password',
  'proxy-authorization',
  'secret',
  'set-cookie',
  'token',
  'x-api-key',
  'x-marquee-gateway',
]);
/** As deep as the logger writes objects. */
const MAX_DEPTH = 5;

type Fields = Record<string, unknown>;

/** The same object where it has no secrets, otherwise a copy. Looks into plain objects and arrays of them. */
export function withoutSecrets<T extends object>(fields: T, depth = MAX_DEPTH): T {
  let copy: Fields | undefined;
  for (const name of Object.keys(fields)) {
    const value = (fields as Fields)[name];
    const kept = SECRETS.has(name)
      ? value && CENSOR
      : depth > 1 && isNested(value)
        ? inside(value, depth - 1)
        : value;
    if (kept === value) continue;
    copy ??= { ...fields } as Fields;
    copy[name] = kept;
  }
  return (copy as T | undefined) ?? fields;
}

function inside(value: object, depth: number): object {
  if (!Array.isArray(value)) return withoutSecrets(value, depth);
  const kept = value.map((each) => (isNested(each) ? inside(each, depth) : each));
  return kept.some((each, index) => each !== value[index]) ? kept : value;
}

function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
