import { describe, expect, it } from 'vitest';
import { timeLeft } from './progress.ts';

describe('progress', () => {
  it('tells the time left at the pace so far, rounded up, and none before there is a pace', () => {
    expect(timeLeft(30_000, 0.5)).toBe(', 30 s left');
    expect(timeLeft(60_000, 0.25)).toBe(', 3 min left');
    expect(timeLeft(1_000, 1)).toBe(', 0 s left');
    expect(timeLeft(1_000, 0)).toBe('');
    expect(timeLeft(1_000, Number.NaN)).toBe('');
  });
});
