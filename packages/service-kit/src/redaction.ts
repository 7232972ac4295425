/**
 * Takes secrets out of what is about to be logged, by the names they usually have, so that no call site has to remember it.
 * A walk of our own, because the logger's paths with wildcards cost more than the rest of a line.
 */
export const CENSOR = '[redacted]';

/**
 * Without separators, in lower case. Headers altogether: what a client or partner puts into one of its own may be as secret;
 * variables and addresses of mail say who somebody is.
 */
const SECRETS: ReadonlySet<string> = new Set([
  'cookie',
  'credentials',
  'email',
  'headers',
  'jwt',
  'mail',
  'setcookie',
  'variables',
  'xmarqueegateway',
]);
/** `accessToken`, `client_secret`, `PGPASSWORD`, `x-api-key`. */
const SECRET_ENDINGS = ['apikey', 'authorization', 'passphrase', 'password', 'privatekey', 'secret', 'token'];
/** `redis://user:password@host`, also within a message. */
const ADDRESS_WITH_SECRET = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]+@/gi;
/** As deep as the logger writes objects. */
const MAX_DEPTH = 5;
/** Of names that were looked at: call sites have few, and what libraries hang on errors is not endless. */
const MAX_KNOWN = 2_000;

type Fields = Record<string, unknown>;

/** The same object where it has no secrets, otherwise a copy. Looks into plain objects and arrays of them. */
export function withoutSecrets<T extends object>(fields: T, depth = MAX_DEPTH): T {
  let copy: Fields | undefined;
  for (const name of Object.keys(fields)) {
    const value = (fields as Fields)[name];
    const kept = isSecret(name) ? value && CENSOR : censored(value, depth - 1);
    if (kept === value) continue;
    copy ??= { ...fields } as Fields;
    copy[name] = kept;
  }
  return (copy as T | undefined) ?? fields;
}

const known = new Map<string, boolean>();

function isSecret(name: string): boolean {
  const told = known.get(name);
  if (told !== undefined) return told;
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  const secret = SECRETS.has(plain) || SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
  if (known.size < MAX_KNOWN) known.set(name, secret);
  return secret;
}

/** @param depth of objects that are looked into, this one included. */
function censored(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    return value.includes('@') ? value.replace(ADDRESS_WITH_SECRET, `$1${CENSOR}@`) : value;
  }
  return depth > 0 && isNested(value) ? inside(value, depth) : value;
}

function inside(value: object, depth: number): object {
  if (!Array.isArray(value)) return withoutSecrets(value, depth);
  const kept = value.map((each) => censored(each, depth));
  return kept.some((each, index) => each !== value[index]) ? kept : value;
}

function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
