import { describe, expect, it } from 'vitest';
import { due } from './schedule.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const schedule = { everyMs: 24 * HOUR, newWatches: 1_000, driftPauseMs: 6 * HOUR, pauseMs: HOUR };
const past = {
  ...{ lastEndedAt: NOW - 10 * HOUR, lastFinishedAt: NOW - 10 * HOUR, newWatches: 0 },
  ...{ drift: undefined, lastDriftAt: undefined },
};
const drift = 'drift: runtime_hours PSI 0.31 > 0.25';

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
    ['drift asks for it', { ...past, drift }, /^drift: runtime_hours PSI 0.31 > 0.25$/],
    ['drift has asked just before', { ...past, drift, lastDriftAt: NOW - 5 * HOUR }, undefined],
    ['drift has asked a while before', { ...past, drift, lastDriftAt: NOW - 6 * HOUR }, /^drift: /],
    [
      'drift has asked just before, and much has happened since',
      { ...past, drift, lastDriftAt: NOW - 5 * HOUR, newWatches: 1_000 },
      /^volume: 1000 qualified watches/,
    ],
    ['one failed just before drift asks', { ...past, drift, lastEndedAt: NOW - HOUR / 2 }, undefined],
  ] as const)('%s', (_, given, expected) => {
    const reason = due(NOW, schedule, given)?.why;
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });

  it('does not ask for drift where that is not wanted', () => {
    expect(due(NOW, { ...schedule, driftPauseMs: 0 }, { ...past, drift })).toBeUndefined();
  });

  it('does not ask for volume where it is not configured', () => {
    expect(due(NOW, { ...schedule, newWatches: 0 }, { ...past, newWatches: 1e9 })).toBeUndefined();
  });
});
