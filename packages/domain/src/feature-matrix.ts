/**
 * Feature values in an event: a matrix of float32 as one base64 string. A page's features are some ten thousand
 * numbers; as JSON numbers they would be most of the log, and most of the time it takes to write and read it.
 *
 * Little-endian, row after row, one row per item and one column per feature name. A row of NaN says that nothing
 * was known about its item; no value that was known is NaN.
 */
import { endianness } from 'node:os';

const FLOAT_BYTES = 4;

/** @param rows one per item: `columns` values each, or undefined where the item has none. */
export function encodeFeatureMatrix(rows: readonly (Float32Array | undefined)[], columns: number): string {
  const matrix = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    if (row === undefined) matrix.fill(Number.NaN, i * columns, (i + 1) * columns);
    else if (row.length === columns) matrix.set(row, i * columns);
    else throw new RangeError(`row ${i} has ${row.length} values for ${columns} columns`);
  }
  return littleEndian(Buffer.from(matrix.buffer)).toString('base64');
}

/**
 * The rows as they were encoded.
 * @throws RangeError when the text does not hold `rows × columns` values.
 */
export function decodeFeatureMatrix(
  text: string,
  rows: number,
  columns: number,
): (Float32Array | undefined)[] {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== rows * columns * FLOAT_BYTES) {
    throw new RangeError(`${bytes.length} bytes do not hold ${rows} × ${columns} values`);
  }
  // A copy of its own: a small buffer may stand at any address of a pool.
  const matrix = new Float32Array(rows * columns);
  new Uint8Array(matrix.buffer).set(littleEndian(bytes));
  return Array.from({ length: rows }, (_, i) => {
    const row = matrix.subarray(i * columns, (i + 1) * columns);
    return row.every(Number.isNaN) ? undefined : row;
  });
}

function littleEndian(bytes: Buffer): Buffer {
  return endianness() === 'LE' ? bytes : bytes.swap32();
}
