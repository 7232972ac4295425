import { createRandom } from '@marquee/domain';
import type { LoggedActionsFile } from '@marquee/importers';
import { describe, expect, it } from 'vitest';
import { judgePolicy } from './judge-policies.ts';
import { judgementTable } from './judgement-table.ts';

/** Items a to d; the later, the better. @param weights of the policy that writes the log */
function log(rows: number, seed: number, weights: readonly number[]): LoggedActionsFile {
  const random = createRandom(seed);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const drawn = Array.from({ length: rows }, () => random.weighted(weights));
  return {
    actions: drawn.map((item) => 'abcd'[item]!),
    positions: drawn.map((_, row) => String(row % 3)),
    rewards: drawn.map((item) => Number(random.next() < 0.1 + 0.1 * item)),
    propensities: drawn.map((item) => weights[item]! / total),
    rejected: 0,
  };
}

describe('judging a policy by a log', () => {
  it('the uniform policy, next to what it earned itself', () => {
    const judgement = judgePolicy(log(4_000, 1, [4, 3, 2, 1]), undefined, log(4_000, 2, [1, 1, 1, 1]), {
      seed: 1,
      resamples: 300,
    });
    const table = judgementTable(judgement);
    expect(table).toContain(judgement.estimate.values!['doubly-robust'].value.toFixed(5));
    expect(table).toContain(judgement.onPolicy!.value.toFixed(5));
    const { lower, upper } = judgement.estimate.values!['doubly-robust'];
    expect(lower).toBeLessThan(0.25);
    expect(upper).toBeGreaterThan(0.25);
  });

  it('the policy of another log, whose items need not stand in the same order', () => {
    const judgement = judgePolicy(log(4_000, 1, [1, 1, 1, 1]), log(4_000, 3, [0, 1, 2, 3]), undefined, {
      seed: 1,
      resamples: 300,
    });
    const { value } = judgement.estimate.values!.snips;
    expect(Math.abs(value - judgement.onPolicy!.value)).toBeLessThan(0.05);
    expect(value).toBeGreaterThan(judgement.logged.value);
  });

  it('without support there is a reason and no number', () => {
    const judgement = judgePolicy(log(500, 1, [1, 0, 0, 0]), undefined, log(500, 2, [1, 1, 1, 1]), {
      seed: 1,
    });
    const table = judgementTable(judgement);
    expect(table).toMatch(/no conclusion: 75.0 % of what the policy would choose was never logged/);
    expect(table).not.toContain('doubly-robust');
  });
});
