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
import type { StoreEntry } from '../index.ts';
import type { Instant } from './instant.ts';

const MAGIC = Buffer.from('MARQUEES', 'latin1');
const FORMAT_VERSION = 1;
const HEADER_BYTES = MAGIC.length + 12;
const DIGEST_BYTES = 32;
/** Encoded, hashed or decoded in one go: about a millisecond of work. */
const CHUNK_BYTES = 256 * 1024;
/** Entries whose lengths are looked at in one go. */
const LENGTHS_CHECKED = 20_000;
export const MAX_KEY_BYTES = 65_535;

export interface SnapshotContents {
  readonly checkpoints: ReadonlyMap<string, number>;
  /** Is moved to its end. */
  readonly entries: Pick<Instant, 'count' | 'next' | 'keyBytes' | 'valueBytes' | 'copyTo'>;
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
  chunk.writeUInt32LE(contents.entries.count, 16);
  at = HEADER_BYTES;
  for (const [consumer, sequence] of contents.checkpoints) {
    const keyLength = Buffer.byteLength(consumer);
    yield* makeRoom(10 + keyLength);
    chunk.writeUInt16LE(keyLength, at);
    chunk.write(consumer, at + 2);
    at = chunk.writeDoubleLE(sequence, at + 2 + keyLength);
  }
  const { entries } = contents;
  while (entries.next()) {
    const { keyBytes, valueBytes } = entries;
    const bytes = 6 + keyBytes + valueBytes;
    if (at + bytes > chunk.length) yield* makeRoom(bytes);
    chunk.writeUInt16LE(keyBytes, at);
    chunk.writeUInt32LE(valueBytes, at + 2);
    entries.copyTo(chunk, at + 6);
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
  /** Some at a time, about a millisecond's worth; values are views of the snapshot's bytes. */
  readonly entries: Iterable<readonly StoreEntry[]>;
}

/**
 * Checks everything before it returns anything.
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
  for (let i = bytes.readUInt32LE(12); i > 0; i--) {
    const length = body.readUInt16LE(at);
    checkpoints.set(body.toString('utf8', at + 2, at + 2 + length), body.readDoubleLE(at + 2 + length));
    at += 2 + length + 8;
  }
  const count = bytes.readUInt32LE(16);
  const entriesAt = at;
  for (let i = 0; i < count; i++) {
    at += 6 + body.readUInt16LE(at) + body.readUInt32LE(at + 2);
    if (i % LENGTHS_CHECKED === 0) await yieldToLoop();
  }
  if (at !== body.length) throw new SnapshotFormatError('its length does not fit its counts');
  return { checkpoints, entries: readEntries(body, entriesAt) };
}

function* readEntries(body: Buffer, from: number): Generator<readonly StoreEntry[], void, void> {
  let entries: StoreEntry[] = [];
  let yieldAt = from + CHUNK_BYTES;
  for (let at = from; at < body.length; ) {
    const valueAt = at + 6 + body.readUInt16LE(at);
    const end = valueAt + body.readUInt32LE(at + 2);
    entries.push({ key: body.toString('utf8', at + 6, valueAt), value: body.subarray(valueAt, end) });
    at = end;
    if (at < yieldAt) continue;
    yield entries;
    entries = [];
    yieldAt = at + CHUNK_BYTES;
  }
  yield entries;
}
