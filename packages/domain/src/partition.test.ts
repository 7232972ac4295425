import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf } from './partition.ts';

describe('partitionOf', () => {
  it('never changes: stored positions depend on it', () => {
    expect(['ada', 'ben', 'каталог', '$catalogue'].map((id) => partitionOf(id, 8))).toEqual([7, 4, 3, 0]);
  });

  it('is a partition that exists, and the only one where there is one', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (id, partitions) => {
        const partition = partitionOf(id, partitions);
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
        expect(partitionOf(id, 1)).toBe(0);
      }),
    );
  });

  it('spreads profiles evenly', () => {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8_000; i++) counts[partitionOf(`profile-${i}`, 8)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
