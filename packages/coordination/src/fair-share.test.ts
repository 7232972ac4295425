import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimOrder, quotaOf } from './fair-share.ts';

const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 });

describe('sharing partitions', () => {
  it('gives out all partitions, and nobody more than the others by two', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 64 }), (ids, partitions) => {
        const quotas = ids.map((id) => quotaOf(id, ids, partitions));
        expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(partitions);
        expect(Math.max(...quotas) - Math.min(...quotas)).toBeLessThanOrEqual(1);
        expect(Math.max(...quotas)).toBe(Math.ceil(partitions / ids.length));
      }),
    );
  });

  it('lets every member try all that are free, in an order of its own', () => {
    fc.assert(
      fc.property(members, fc.uniqueArray(fc.nat(100)), (ids, free) => {
        for (const id of ids) expect([...claimOrder(free, id, ids)].sort()).toEqual([...free].sort());
      }),
    );
    expect(claimOrder([0, 1, 2, 3], 'b', ['a', 'b'])).toEqual([2, 3, 0, 1]);
  });
});
