/** `factors.bin` to and from memory; the layout is in `collaborative-manifest.ts`. */
import { endianness } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { CollaborativeFactors } from './collaborative-model.ts';

/** A multiple of four. */
const BYTES_AT_ONCE = 1 << 20;
const IDS_AT_ONCE = 4_096;

type Encoded = Pick<CollaborativeFactors, 'titleIds' | 'items' | 'itemGram'>;

export function encodeFactors({ titleIds, items, itemGram }: Encoded): Uint8Array {
  const ids = Buffer.from(JSON.stringify(titleIds));
  const idBytes = Math.ceil(ids.length / 4) * 4;
  const bytes = Buffer.alloc(4 + idBytes + itemGram.byteLength + items.byteLength, ' ');
  bytes.writeUInt32LE(idBytes, 0);
  ids.copy(bytes, 4);
  bytes.set(littleEndian(itemGram), 4 + idBytes);
  bytes.set(littleEndian(items), 4 + idBytes + itemGram.byteLength);
  return bytes;
}

/**
 * In steps of about a millisecond: a version is read beside others that answer.
 * @throws Error saying what does not fit together
 */
export async function decodeFactors(bytes: Uint8Array, titles: number, dimensions: number): Promise<Encoded> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idBytes = buffer.length < 4 ? 0 : buffer.readUInt32LE(0);
  const gramBytes = 4 * dimensions * dimensions;
  const expected = 4 + idBytes + gramBytes + 4 * dimensions * titles;
  if (buffer.length !== expected) throw new Error(`it has ${buffer.length} bytes, not ${expected}`);
  const titleIds: unknown = JSON.parse(buffer.toString('utf8', 4, 4 + idBytes));
  if (!isIds(titleIds) || titleIds.length !== titles || !(await areDifferent(titleIds))) {
    throw new Error(`it does not name ${titles} different titles`);
  }
  const gramAt = 4 + idBytes;
  return {
    titleIds,
    itemGram: await decodeFloats(buffer.subarray(gramAt, gramAt + gramBytes)),
    items: await decodeFloats(buffer.subarray(gramAt + gramBytes)),
  };
}

async function decodeFloats(bytes: Buffer): Promise<Float32Array> {
  const values = new Float32Array(bytes.length / 4);
  const target = Buffer.from(values.buffer);
  for (let from = 0; from < bytes.length; from += BYTES_AT_ONCE) {
    const to = Math.min(bytes.length, from + BYTES_AT_ONCE);
    bytes.copy(target, from, from, to);
    if (endianness() !== 'LE') target.subarray(from, to).swap32();
    for (let i = from / 4; i < to / 4; i++) {
      if (!Number.isFinite(values[i])) throw new Error('some of its numbers are not finite');
    }
    await setImmediate();
  }
  return values;
}

async function areDifferent(ids: readonly string[]): Promise<boolean> {
  const seen = new Set<string>();
  for (const [i, id] of ids.entries()) {
    seen.add(id);
    if (i % IDS_AT_ONCE === 0) await setImmediate();
  }
  return seen.size === ids.length;
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
}

/** The bytes in the file's order. */
function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
