/**
 * The text of an API key: `mqk_<environment>_<43 characters of 256 random bits><6 characters of a checksum>`. The
 * beginning lets people and secret scanners recognise it; the checksum lets them, and us, tell a mistyped key from an
 * unknown one without looking anything up. Pure but for randomness, which is passed in.
 */
import { createHash, type randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isEnvironment } from './partner.ts';

const PREFIX = 'mqk';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_CHARACTERS = 43;
/** 62^6 > 2^32. */
const CHECKSUM_CHARACTERS = 6;
const KEY = new RegExp(
  `^${PREFIX}_([a-z][a-z0-9-]*)_([0-9A-Za-z]{${SECRET_CHARACTERS}})([0-9A-Za-z]{${CHECKSUM_CHARACTERS}})$`,
);
/** Longer ones are refused unread. */
const MAX_CHARACTERS = 128;

export interface MadeKey {
  /** Shown once, stored nowhere. */
  readonly text: string;
  readonly id: string;
  readonly hash: string;
}

/** @param random of `node:crypto`. */
export function makeApiKey(environment: string, random: typeof randomBytes): MadeKey {
  if (!isEnvironment(environment)) throw new TypeError(`${environment} is no name of an environment`);
  const secret = base62(BigInt(`0x${random(SECRET_BYTES).toString('hex')}`), SECRET_CHARACTERS);
  const body = `${PREFIX}_${environment}_${secret}`;
  const text = body + checksumOf(body);
  const hash = hashOfKey(text);
  return { text, hash, id: `k_${hash.slice(0, 10)}` };
}

/** Undefined for what is no key of ours, or was damaged on the way. */
export function readApiKey(
  text: string,
): { readonly environment: string; readonly hash: string } | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const [, environment, , checksum] = KEY.exec(text) ?? [];
  if (environment === undefined) return undefined;
  if (checksumOf(text.slice(0, -CHECKSUM_CHARACTERS)) !== checksum) return undefined;
  return { environment, hash: hashOfKey(text) };
}

export function hashOfKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function checksumOf(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_CHARACTERS);
}

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index++) {
    text = ALPHABET[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}
