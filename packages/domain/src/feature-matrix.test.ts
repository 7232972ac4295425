import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFeatureMatrix, encodeFeatureMatrix } from './feature-matrix.ts';

const COLUMNS = 3;
const value = fc.float({ noNaN: true });
const row = fc
  .array(value, { minLength: COLUMNS, maxLength: COLUMNS })
  .map((values) => Float32Array.from(values));

describe('the feature matrix of an event', () => {
  it('comes back as it was, with the rows that are missing', () => {
    fc.assert(
      fc.property(fc.array(fc.option(row, { nil: undefined }), { maxLength: 20 }), (rows) => {
        expect(decodeFeatureMatrix(encodeFeatureMatrix(rows, COLUMNS), rows.length, COLUMNS)).toEqual(rows);
      }),
    );
  });

  it('is little-endian float32, row after row, so that any reader can have it', () => {
    expect(encodeFeatureMatrix([Float32Array.of(1, -2), undefined], 2)).toBe(
      Buffer.from('0000803f000000c00000c07f0000c07f', 'hex').toString('base64'),
    );
  });

  it.each([
    ['a row of another width', () => encodeFeatureMatrix([Float32Array.of(1)], 2)],
    ['text of another size', () => decodeFeatureMatrix('AAAA', 1, 2)],
  ])('refuses %s', (_, attempt) => {
    expect(attempt).toThrow(RangeError);
  });
});
