/**
 * The snapshot's bytes. Little-endian:
 *
 * ```
 * magic "MARQUEES"            8 bytes
 * format version              u32
 * checkpoints                 u32
 * entries                     u32
 * checkpoints: key length u16, key (UTF-8), sequence f64
 * entries:     key length u16, value length u32, key (UTF-8), value
 * SHA-256 of all of the above 32 bytes
 * ```
 */
import { createHash } from 'node:crypto';
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import type { KeyAndValue } from './entry-table.ts';

const MAGIC = Buffer.from('MARQUEES', 'latin1');
const FORMAT_VERSION = 1;
const HEADER_BYTES = MAGIC.length + 12;
const DIGEST_BYTES = 32;
/** Encoded, hashed or decoded in one go: about a millisecond of work. */
const CHUNK_BYTES = 256 * 1024;
export const MAX_KEY_BYTES = 65_535;

export interface SnapshotContents {
  readonly checkpoints: ReadonlyMap<string, number>;
  readonly count: number;
  readonly entries: Iterable<KeyAndValue>;
}

/**
 * Yields chunks of at most CHUNK_BYTES, or of one entry where that is larger. A chunk is valid until the next
 * one is asked for: its memory is used again. Reads `entries` no faster than chunks are asked for.
 */
export function* encodeSnapshot(contents: SnapshotContents): Generator<Buffer, void, void> {
  const hash = createHash('sha256');
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let at = 0;
  /** Yields what there is when `bytes` more do not fit. */
  function* makeRoom(bytes: number): Generator<Buffer, void, void> {
    if (at + bytes <= chunk.length) return;
    const full = chunk.subarray(0, at);
    hash.update(full);
    yield full;
    at = 0;
    if (bytes > chunk.length) chunk = Buffer.allocUnsafe(bytes);
  }

  MAGIC.copy(chunk);
  chunk.writeUInt32LE(FORMAT_VERSION, 8);
  chunk.writeUInt32LE(contents.checkpoints.size, 12);
  chunk.writeUInt32LE(contents.count, 16);
  at = HEADER_BYTES;
  for (const [consumer, sequence] of contents.checkpoints) {
    const keyLength = Buffer.byteLength(consumer);
    yield* makeRoom(10 + keyLength);
    chunk.writeUInt16LE(keyLength, at);
    chunk.write(consumer, at + 2);
    at = chunk.writeDoubleLE(sequence, at + 2 + keyLength);
  }
  for (const [key, value] of contents.entries) {
    const keyLength = Buffer.byteLength(key);
    const bytes = 6 + keyLength + value.byteLength;
    if (at + bytes > chunk.length) yield* makeRoom(bytes);
    chunk.writeUInt16LE(keyLength, at);
    chunk.writeUInt32LE(value.byteLength, at + 2);
    chunk.write(key, at + 6);
    chunk.set(value, at + 6 + keyLength);
    at += bytes;
  }
  const rest = chunk.subarray(0, at);
  hash.update(rest);
  yield rest;
  yield hash.digest();
}

export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

export interface DecodedSnapshot {
  readonly checkpoints: ReadonlyMap<string, number>;
  readonly entries: readonly KeyAndValue[];
}

/**
 * Checks everything before it returns anything. Values are copies at offset 0 of their own buffer, so that they
 * can be viewed as float32.
 * @throws SnapshotFormatError saying what is wrong.
 */
export async function decodeSnapshot(bytes: Buffer): Promise<DecodedSnapshot> {
  if (bytes.length < HEADER_BYTES + DIGEST_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new SnapshotFormatError('it is not a snapshot');
  }
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) throw new SnapshotFormatError(`its format version ${version} is unknown`);
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  const hash = createHash('sha256');
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    hash.update(body.subarray(at, at + CHUNK_BYTES));
    await yieldToLoop();
  }
  if (!hash.digest().equals(bytes.subarray(body.length)))
    throw new SnapshotFormatError('its checksum is wrong');

  let at = HEADER_BYTES;
  const checkpoints = new Map<string, number>();
  const entries: KeyAndValue[] = [];
  for (let i = bytes.readUInt32LE(12); i > 0; i--) {
    const length = body.readUInt16LE(at);
    checkpoints.set(body.toString('utf8', at + 2, at + 2 + length), body.readDoubleLE(at + 2 + length));
    at += 2 + length + 8;
  }
  let yieldAt = at + CHUNK_BYTES;
  for (let i = bytes.readUInt32LE(16); i > 0; i--) {
    const keyLength = body.readUInt16LE(at);
    const valueAt = at + 6 + keyLength;
    const end = valueAt + body.readUInt32LE(at + 2);
    entries.push([body.toString('utf8', at + 6, valueAt), new Uint8Array(body.subarray(valueAt, end))]);
    at = end;
    if (at >= yieldAt) {
      yieldAt = at + CHUNK_BYTES;
      await yieldToLoop();
    }
  }
  if (at !== body.length) throw new SnapshotFormatError('its length does not fit its counts');
  return { checkpoints, entries };
}
