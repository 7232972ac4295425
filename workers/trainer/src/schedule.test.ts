import { describe, expect, it } from 'vitest';
import { dueReason } from './schedule.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const schedule = { everyMs: 24 * HOUR, newWatches: 1_000, pauseMs: HOUR };
const past = { lastEndedAt: NOW - 10 * HOUR, lastFinishedAt: NOW - 10 * HOUR, newWatches: 0 };

describe('when a training is due', () => {
  it.each([
    [
      'nothing was trained yet',
      { ...past, lastEndedAt: undefined, lastFinishedAt: undefined },
      /no training yet/,
    ],
    ['it is time', { ...past, lastEndedAt: NOW - 24 * HOUR, lastFinishedAt: NOW - 24 * HOUR }, /on schedule/],
    ['much has happened since', { ...past, newWatches: 1_000 }, /1000 qualified watches/],
    ['it is not time and little has happened', { ...past, newWatches: 999 }, undefined],
    ['the last one has just failed', { ...past, lastEndedAt: NOW - HOUR / 2, newWatches: 5_000 }, undefined],
    [
      'one failed a while ago, the last good one is old',
      { ...past, lastEndedAt: NOW - 2 * HOUR, lastFinishedAt: 0 },
      /on schedule/,
    ],
  ] as const)('%s', (_, given, expected) => {
    const reason = dueReason(NOW, schedule, given);
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });

  it('does not ask for volume where it is not configured', () => {
    expect(dueReason(NOW, { ...schedule, newWatches: 0 }, { ...past, newWatches: 1e9 })).toBeUndefined();
  });
});
