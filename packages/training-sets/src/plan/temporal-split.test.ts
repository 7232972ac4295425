/** Who is trained on and who is examined on, by time. */
import { describe, expect, it } from 'vitest';
import { type Decision, NOTHING_HAPPENED } from '../example.ts';
import { temporalSplit } from './temporal-split.ts';

/** A decision a second; each tenth is a qualified watch. */
function decisions(count: number): readonly Decision[] {
  return Array.from({ length: count }, (_, place) => ({
    ...{ id: `d${place}`, kind: 'shown', profileId: 'ada', titleId: 't', decidedAt: place * 1_000 },
    ...{ receivedAt: place * 1_000, place, device: undefined, outcomePlace: undefined, slate: undefined },
    outcome: { ...NOTHING_HAPPENED, qualified: place % 10 === 0 },
  }));
}

const held = (count: number, shares: Parameters<typeof temporalSplit>[1]): number => {
  const all = decisions(count);
  const { splitOf } = temporalSplit(all, shares);
  return all.filter((decision) => splitOf(decision) === 'test').length;
};

describe('the examination of a training set', () => {
  const shares = { validation: 0.1, test: 0.1, testWatches: 30, testMost: 0.2 };

  it('is a share of the decisions, the latest', () => {
    expect(held(1_000, { validation: 0.1, test: 0.1 })).toBe(100);
  });

  it('is longer where the share holds too few watches to tell models apart', () => {
    // 30 watches are among the latest 300 decisions, or nearly.
    expect(held(2_000, shares)).toBeGreaterThan(285);
    expect(held(2_000, shares)).toBeLessThanOrEqual(300);
  });

  it('is never longer than the greatest share, nor shorter than the least', () => {
    expect(held(1_000, shares)).toBe(200);
    expect(held(10_000, shares)).toBe(1_000);
  });
});
