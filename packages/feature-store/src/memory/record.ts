/**
 * An entry's bytes: row, hash, key header and length of the value (i32 each), the value at a multiple of eight, the key
 * in one byte per UTF-16 unit where that is enough, else in two.
 */

/** Memory with records in it, as bytes and as i32. */
export interface Block {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
}

const HEADER_BYTES = 16;
/** Words of the header. */
const HASH = 1;
/** Twice the number of units, and one more where each takes two bytes. */
const KEY = 2;
const VALUE_BYTES = 3;

/** Of a record that is not written yet; always a multiple of eight. */
export function recordBytesOf(key: string, value: Uint8Array): number {
  return recordBytes(isWide(key) ? key.length * 2 : key.length, value.byteLength);
}

export interface RecordOwner {
  readonly row: number;
  readonly hash: number;
}

export function writeRecord(
  { bytes, words }: Block,
  at: number,
  { row, hash }: RecordOwner,
  key: string,
  value: Uint8Array,
): void {
  const wide = isWide(key);
  words[at >> 2] = row;
  words[(at >> 2) + HASH] = hash;
  words[(at >> 2) + KEY] = key.length * 2 + (wide ? 1 : 0);
  words[(at >> 2) + VALUE_BYTES] = value.byteLength;
  bytes.set(value, at + HEADER_BYTES);
  const from = at + HEADER_BYTES + value.byteLength;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (wide) {
      bytes[from + 2 * i] = unit & 0xff;
      bytes[from + 2 * i + 1] = unit >> 8;
    } else bytes[from + i] = unit;
  }
}

export function rowAt({ words }: Block, at: number): number {
  return words[at >> 2]!;
}

export function hashAt({ words }: Block, at: number): number {
  return words[(at >> 2) + HASH]!;
}

/** Bytes of the record, with what rounding costs. */
export function sizeAt({ words }: Block, at: number): number {
  const header = words[(at >> 2) + KEY]!;
  return recordBytes((header >> 1) * ((header & 1) + 1), words[(at >> 2) + VALUE_BYTES]!);
}

export function keyAt({ bytes, words }: Block, at: number): string {
  const header = words[(at >> 2) + KEY]!;
  const from = at + HEADER_BYTES + words[(at >> 2) + VALUE_BYTES]!;
  return header & 1
    ? bytes.toString('utf16le', from, from + (header & ~1))
    : bytes.toString('latin1', from, from + (header >> 1));
}

export function hasKeyAt(block: Block, at: number, key: string): boolean {
  const { bytes, words } = block;
  const header = words[(at >> 2) + KEY]!;
  if (header >> 1 !== key.length) return false;
  if (header & 1) return keyAt(block, at) === key;
  const from = at + HEADER_BYTES + words[(at >> 2) + VALUE_BYTES]!;
  for (let i = 0; i < key.length; i++) if (bytes[from + i] !== key.charCodeAt(i)) return false;
  return true;
}

/** Without a copy. */
export function valueAt({ bytes, words }: Block, at: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer, at + HEADER_BYTES, words[(at >> 2) + VALUE_BYTES]!);
}

export function valueBytesAt({ words }: Block, at: number): number {
  return words[(at >> 2) + VALUE_BYTES]!;
}

/** Of the key in UTF-8. */
export function keyBytesAt(block: Block, at: number): number {
  const { bytes, words } = block;
  const header = words[(at >> 2) + KEY]!;
  if (header & 1) return Buffer.byteLength(keyAt(block, at));
  const from = at + HEADER_BYTES + words[(at >> 2) + VALUE_BYTES]!;
  let length = header >> 1;
  for (let i = from + length - 1; i >= from; i--) if (bytes[i]! > 0x7f) length++;
  return length;
}

/** The key in UTF-8, then the value; without objects of their own, for there may be millions. */
export function copyRecord(block: Block, at: number, target: Buffer, to: number): void {
  const { bytes, words } = block;
  const header = words[(at >> 2) + KEY]!;
  const valueFrom = at + HEADER_BYTES;
  const keyFrom = valueFrom + words[(at >> 2) + VALUE_BYTES]!;
  let end = to;
  if (header & 1) end += target.write(keyAt(block, at), to);
  else {
    for (let i = keyFrom; i < keyFrom + (header >> 1); i++) {
      const unit = bytes[i]!;
      if (unit > 0x7f) {
        target[end++] = 0xc0 | (unit >> 6);
        target[end++] = 0x80 | (unit & 0x3f);
      } else target[end++] = unit;
    }
  }
  bytes.copy(target, end, valueFrom, keyFrom);
}

function recordBytes(keyBytes: number, valueBytes: number): number {
  return (HEADER_BYTES + keyBytes + valueBytes + 7) & ~7;
}

function isWide(key: string): boolean {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0xff) return true;
  return false;
}
