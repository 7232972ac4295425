import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VectorPayload } from '../index.ts';
import { encodeQuery, encodeRow } from './codes.ts';
import { memoryLayout } from './memory-layout.ts';
import { ScannedCollection } from './scanned-collection.ts';
import { StoredCollection } from './stored-collection.ts';
import { Module } from './webassembly.ts';

const kernel = new Module(readFileSync(new URL('./scan.wasm', import.meta.url)));
const payload: VectorPayload = { genreIds: [], kind: 'MOVIE', maturityLevel: 0, availability: [{ from: 0 }] };

/** The float32 score as the scan defines it: four lanes, each summed in order, joined in order. */
function plainScore(query: Float32Array, vector: Float32Array): number {
  const lanes = new Float32Array(4);
  for (let i = 0; i < vector.length; i++) {
    lanes[i % 4] = lanes[i % 4]! + Math.fround(query[i]! * vector[i]!);
  }
  return Math.fround(Math.fround(lanes[0]! + lanes[1]!) + Math.fround(lanes[2]! + lanes[3]!));
}

/** Every score, sorted: a scan without codes. */
function plainSearch(vectors: readonly Float32Array[], query: Float32Array, k: number) {
  return vectors
    .map((vector, slot) => ({ slot, score: plainScore(query, vector) }))
    .filter(({ score }) => !Number.isNaN(score))
    .sort((a, b) => (a.score === b.score ? (idOf(a.slot) < idOf(b.slot) ? -1 : 1) : b.score - a.score))
    .slice(0, k);
}

const idOf = (slot: number): string => `t${slot}`;

/** Magnitudes from vanishing to overflowing, and much that is nearly or exactly the same. */
const scale = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1e-38, 1e-20, 1e-12, 1e-3, 1e12, 1e18, 1e30) },
);
const direction = (dimensions: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: dimensions, maxLength: dimensions });

const world = fc.constantFrom(1, 3, 16, 21, 64).chain((dimensions) =>
  fc.record({
    dimensions: fc.constant(dimensions),
    centres: fc.array(direction(dimensions), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
    count: fc.integer({ min: 1, max: 300 }),
    /** How far vectors lie from their centre: within the error of a code, and beyond it. */
    spread: fc.constantFrom(0, 1e-6, 1e-3, 0.05, 1),
    scales: fc.array(scale, { minLength: 1, maxLength: 5 }),
    queries: fc.array(fc.record({ of: direction(dimensions), scale, k: fc.integer({ min: 1, max: 40 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
);

function vectorsOf({
  centres,
  seed,
  count,
  spread,
  scales,
}: typeof world extends fc.Arbitrary<infer T> ? T : never) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const centre = centres[i % centres.length]!;
    const size = scales[i % scales.length]!;
    return Float32Array.from(centre, (value) => (value + spread * (next() - 0.5)) * size);
  });
}

describe('a scan with codes', () => {
  it('finds exactly what a plain float32 scan finds, in the same order with the same scores', () => {
    fc.assert(
      fc.property(world, (given) => {
        const vectors = vectorsOf(given);
        const stored = new StoredCollection(0, 'v', given.dimensions);
        const published = stored.put(vectors.map((vector, i) => ({ id: idOf(i), vector, payload })));
        const scanned = new ScannedCollection(kernel, published);
        scanned.publish(published);
        const queries = given.queries.map(({ of, scale: size, k }) => ({
          vector: Float32Array.from(of, (value) => value * size),
          k,
        }));
        const found = scanned.search(stored.compile(queries), Number.POSITIVE_INFINITY)!;
        for (const [i, { vector, k }] of queries.entries()) {
          const plain = plainSearch(vectors, vector, k);
          expect(Array.from(found[i]!.slots)).toEqual(plain.map(({ slot }) => slot));
          // −0 and 0 are one score.
          expect(Array.from(found[i]!.scores, (s) => s + 0)).toEqual(plain.map(({ score }) => score + 0));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('bounds every score from above, and closely where numbers are ordinary', () => {
    fc.assert(
      fc.property(direction(64), direction(64), (a, b) => {
        const layout = memoryLayout(64);
        const vector = Float32Array.from(a);
        const query = Float32Array.from(b);
        const codes = new Int8Array(layout.codeStride);
        const queryCodes = new Int16Array(layout.codeStride * 2);
        const row = encodeRow(vector, codes, 0, layout);
        const asked = encodeQuery(query, queryCodes, 0, layout);
        let product = 0;
        for (let i = 0; i < 64; i++) product += codes[i]! * queryCodes[(i >>> 3) * 16 + (i & 7)]!;
        const bound = product * row.scale * asked.scale + row.reach * asked.reach;
        const score = plainScore(query, vector);
        expect(bound).toBeGreaterThanOrEqual(score);
        if (Number.isFinite(bound)) {
          expect(bound - score).toBeLessThanOrEqual(
            0.1 * Math.hypot(...vector) * Math.hypot(...query) + 1e-12,
          );
        }
      }),
    );
  });

  it('looks at few vectors twice where scores are spread', () => {
    const layout = memoryLayout(64);
    const vector = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 12.9898) / 6);
    const { reach } = encodeRow(vector, new Int8Array(64), 0, layout);
    // A hundredth of the norm: what a score must miss by, for its vector to be left out.
    expect(reach).toBeLessThan(0.01 * Math.hypot(...vector));
  });
});
