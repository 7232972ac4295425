/**
 * Events as messages carry them: JSON, compressed when it is long. The one long kind, a served slate with the ranker's
 * inputs, is two thirds text that repeats itself and would otherwise be most of what the servers store and send around.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { MsgHdrs } from 'nats';

/** As in HTTP (RFC 9110, 8.4; zstd: RFC 8878). Absent for bodies as they are. */
export const ENCODING_HEADER = 'Content-Encoding';

const ZSTD = 'zstd';
/** Characters. Shorter bodies gain less than the work costs. */
const WORTH_COMPRESSING = 8_192;
/** Level 1 takes a third of a millisecond for 90 KB and leaves a third of them; higher levels gain a tenth more. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** No event that was let in is longer; whatever claims to be is no event of ours. */
const MAX_BYTES = 16 * 1_024 * 1_024;
const text = new TextDecoder();

export interface MessageBody {
  readonly data: string | Uint8Array;
  readonly encoding?: string;
}

export function encodeBody(json: string): MessageBody {
  if (json.length < WORTH_COMPRESSING) return { data: json };
  return { data: zstdCompressSync(json, OPTIONS), encoding: ZSTD };
}

export function isCompressed(headers: MsgHdrs | undefined): boolean {
  return headers?.has(ENCODING_HEADER) === true;
}

/** @throws Error for an encoding that is not known, for data that is none, and for too much of it. */
export function decodeBody(data: Uint8Array, headers: MsgHdrs | undefined): string {
  const encoding = headers?.get(ENCODING_HEADER) ?? '';
  if (encoding === '') return text.decode(data);
  if (encoding !== ZSTD) throw new Error(`the encoding ${encoding} is not known here, only ${ZSTD}`);
  return text.decode(zstdDecompressSync(data, { maxOutputLength: MAX_BYTES }));
}
