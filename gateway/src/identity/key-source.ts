/** Reads a JSON Web Key Set from where it is published, and keeps what may verify a token. */
import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet, JWK } from 'jose';

/** Identity providers publish a handful of keys in some kilobytes. */
const MAX_BYTES = 262_144;
const MAX_KEYS = 100;
/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2_048;

/** @throws Error saying what is wrong, within the time. */
export async function readKeySet(source: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const text = /^https?:\/\//i.test(source)
    ? await download(source, timeoutMs)
    : await readFile(source, { encoding: 'utf8', signal: AbortSignal.timeout(timeoutMs) });
  if (Buffer.byteLength(text) > MAX_BYTES) throw new Error(`the key set is larger than ${MAX_BYTES} bytes`);
  return usableKeys(JSON.parse(text));
}

/**
 * Public keys for signatures, strong enough. Symmetric keys in a published set are known to everybody, and a set
 * of none is no set: a publisher that answers `{"keys":[]}` by mistake must not sign everybody out.
 *
 * @throws Error for what is no key set, or has no key that can be used.
 */
export function usableKeys(value: unknown): JSONWebKeySet {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error('this is no key set');
  if (keys.length > MAX_KEYS) throw new Error(`the key set has more than ${MAX_KEYS} keys`);
  const usable = keys.filter(isUsable).map(publicPart);
  if (usable.length === 0) throw new Error('the key set has no key that can verify a signature');
  return { keys: usable };
}

function isUsable(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, use, n } = key as JWK;
  if (use !== undefined && use !== 'sig') return false;
  if (kty === 'RSA') return typeof n === 'string' && bitsOf(n) >= MIN_RSA_BITS;
  return kty === 'EC' || kty === 'OKP';
}

function bitsOf(modulus: string): number {
  const bytes = Buffer.from(modulus, 'base64url');
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] as number) + 24;
}

/** A private key that was published by mistake still verifies; it has no business in our memory. */
function publicPart({ kty, crv, n, e, x, y, kid, alg, use, key_ops }: JWK): JWK {
  return Object.fromEntries(
    Object.entries({ kty, crv, n, e, x, y, kid, alg, use, key_ops }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as unknown as JWK;
}

async function download(url: string, timeoutMs: number): Promise<string> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // Where keys come from is configured, not chosen by whoever answers.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the key set's address answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the key set is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
