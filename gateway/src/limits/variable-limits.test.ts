import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenVariableLimit } from './variable-limits.ts';

const limits = { maxDepth: 5, maxValues: 100 };
const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

describe('variables', () => {
  it('may be as large as the limits and no larger', () => {
    const list = (length: number) => ({ list: Array.from({ length }, () => 1) });
    expect(brokenVariableLimit(undefined, limits)).toBeUndefined();
    expect(brokenVariableLimit(list(99), limits)).toBeUndefined();
    expect(brokenVariableLimit(list(100), limits)).toMatch(/100 values/);
    expect(brokenVariableLimit(nested(5), limits)).toBeUndefined();
    expect(brokenVariableLimit(nested(7), limits)).toMatch(/5 levels/);
  });

  it('of any depth are measured without a stack', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 100_000 }), (levels) => {
        expect(brokenVariableLimit(nested(levels), limits)).toMatch(/levels/);
      }),
      { numRuns: 20 },
    );
  });
});
