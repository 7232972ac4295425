import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGbdt, encodeGbdt } from './gbdt-file.ts';
import { scoreGbdt } from './gbdt-model.ts';
import { CATEGORICAL, generatedRows } from './test/generated-rows.ts';
import { trainGbdt } from './train-gbdt.ts';

const data = generatedRows(1_000, 1, 'number');
const { model } = await trainGbdt(data, {
  ...{ objective: 'squared', seed: 1, trees: 5, categorical: [CATEGORICAL] },
});

describe('a model as bytes', () => {
  it('comes back as it was, from any place in a buffer', () => {
    const bytes = encodeGbdt(model);
    const within = new Uint8Array(bytes.length + 3);
    within.set(bytes, 3);
    const read = decodeGbdt(within.subarray(3));
    expect(read).toEqual(model);
    // A Buffer's slice shares its memory, unlike that of other arrays.
    expect(decodeGbdt(Buffer.from(within).subarray(3))).toEqual(model);
    expect(scoreGbdt(read, data.matrix, 50)).toEqual(scoreGbdt(model, data.matrix, 50));
  });

  it('is refused when cut off, lengthened, of another version, or something else', () => {
    const bytes = encodeGbdt(model);
    expect(() => decodeGbdt(bytes.subarray(0, bytes.length - 4))).toThrow(/the header promises/);
    expect(() => decodeGbdt(new Uint8Array([...bytes, 0, 0, 0, 0]))).toThrow(/the header promises/);
    expect(() => decodeGbdt(new Uint8Array(2))).toThrow(/no model of trees/);
    expect(() => decodeGbdt(bytes.with(4, 9))).toThrow(/version 9 is not known/);
  });

  it('with any byte changed is refused as corrupt, or still scores and ends', () => {
    const bytes = encodeGbdt(model);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        let read: typeof model;
        try {
          read = decodeGbdt(bytes.with(at, value));
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATA_CORRUPT' });
          return;
        }
        if (read.columns === model.columns) scoreGbdt(read, data.matrix, 5);
      }),
      { numRuns: 500 },
    );
  });
});
