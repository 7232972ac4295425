/** `factors.bin` to and from memory; the layout is in `collaborative-manifest.ts`. */
import { endianness } from 'node:os';
import type { CollaborativeFactors } from './collaborative-model.ts';

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

/** @throws Error saying what does not fit together */
export function decodeFactors(bytes: Uint8Array, titles: number, dimensions: number): Encoded {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idBytes = buffer.length < 4 ? 0 : buffer.readUInt32LE(0);
  const gramBytes = 4 * dimensions * dimensions;
  const expected = 4 + idBytes + gramBytes + 4 * dimensions * titles;
  if (buffer.length !== expected) throw new Error(`it has ${buffer.length} bytes, not ${expected}`);
  const titleIds: unknown = JSON.parse(buffer.toString('utf8', 4, 4 + idBytes));
  if (!isIds(titleIds) || titleIds.length !== titles || new Set(titleIds).size !== titles) {
    throw new Error(`it does not name ${titles} different titles`);
  }
  const floats = (from: number, to: number): Float32Array => {
    const copy = Uint8Array.from(buffer.subarray(from, to));
    const values = new Float32Array(littleEndian(new Float32Array(copy.buffer)).slice().buffer);
    if (!values.every(Number.isFinite)) throw new Error('some of its numbers are not finite');
    return values;
  };
  const gramAt = 4 + idBytes;
  return {
    titleIds,
    itemGram: floats(gramAt, gramAt + gramBytes),
    items: floats(gramAt + gramBytes, expected),
  };
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
}

/** The bytes in the file's order; the same conversion leads back. */
function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
