import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { DriftAlert, DriftReport } from '@marquee/model-registry';
import { describe, expect, it } from 'vitest';
import { DRIFT_COLUMNS, driftAsks, driftReason } from './drift-asks.ts';
import { TRAINED_MODELS, type TrainedModel, type TrainingRun } from './runs/training-run.ts';
import { NOW, requestOf } from './test/tiny-world.ts';

const at = (hoursAgo: number): string => new Date(NOW - hoursAgo * HOUR_MS).toISOString();

function drifted(feature: string, hoursAgo = 2): DriftAlert {
  return { check: 'feature-drift', feature, value: 0.31, bound: 0.25, since: at(hoursAgo) };
}
const predictions: DriftAlert = { check: 'prediction-drift', value: 0.4, bound: 0.25, since: at(2) };
const calibration: DriftAlert = { check: 'calibration', value: 0.2, bound: 0.33, since: at(2) };

function reportOf(alerts: DriftAlert[], more: Partial<DriftReport> = {}): DriftReport {
  return { reportedAt: at(1), alerts, doubts: [], ...more };
}

function runOf(state: TrainingRun['state'], hoursAgo: number, drift?: DriftAlert[]): TrainingRun {
  const request = { ...requestOf('/nowhere', { now: NOW - hoursAgo * HOUR_MS }), ...(drift && { drift }) };
  return {
    ...{ request, state, startedAt: at(hoursAgo), finishedAt: at(hoursAgo), durationSeconds: 1 },
    ...{ result: null, problem: null },
  };
}

const asked = (
  model: TrainedModel,
  report: DriftReport | undefined,
  runs: TrainingRun[] = [],
  servedSince?: number,
) => driftAsks(model, report, NOW, { runs, servedSince }).alerts;

describe('what drift asks for', () => {
  it.each([
    ['what people watch', drifted('genre_affinity_mean'), ['ranking', 'two-tower', 'collaborative']],
    ['what there is to watch', drifted('runtime_hours'), ['ranking', 'two-tower']],
    ["the collaborative model's score", drifted('collaborative'), ['ranking', 'collaborative']],
    ['what the ranker alone reads', drifted('like_ratio'), ['ranking']],
    ['predictions', predictions, ['ranking']],
    ['calibration', calibration, ['ranking']],
  ] as const)('%s: the models that learn from it', (_, alert, expected) => {
    const models = TRAINED_MODELS.filter((model) => asked(model, reportOf([alert])).length > 0);
    expect(models.sort()).toEqual([...expected].sort());
  });

  it('knows no column that the ranker has not', () => {
    expect(DRIFT_COLUMNS.filter((column) => !RANKING_COLUMNS.includes(column))).toEqual([]);
  });

  it.each([
    ['a training of it that ended well', runOf('succeeded', 1, [calibration]), 0],
    ['one that had too little to learn from', runOf('skipped', 1, [calibration]), 0],
    ['one that was begun since for another reason', runOf('succeeded', 1), 0],
    ['one that was begun before it', runOf('succeeded', 3), 1],
    ['one that failed', runOf('failed', 1, [calibration]), 1],
    ['one that was killed', runOf('interrupted', 1, [calibration]), 1],
    // The monitor's clock goes ahead of the trainer's.
    ['one of it that the clocks put before it', runOf('succeeded', 3, [calibration]), 0],
  ])('%s answers it, or not', (_, run, left) => {
    expect(asked('ranking', reportOf([calibration]), [run])).toHaveLength(left);
  });

  it('is asked again by an alert that begins anew', () => {
    const run = runOf('succeeded', 1, [calibration]);
    const again = { ...calibration, since: at(0.5) };
    expect(asked('ranking', reportOf([again]), [run])).toEqual([again]);
  });

  it('a version that began to serve does not ask for its own successor', () => {
    const report = reportOf([predictions, calibration, drifted('collaborative')]);
    const promoted = NOW - 10 * HOUR_MS;
    expect(asked('ranking', report, [], promoted)).toEqual([calibration, drifted('collaborative')]);
    expect(asked('collaborative', report, [], promoted)).toEqual([]);
    // It has served for long.
    expect(asked('ranking', report, [], NOW - 3 * DAY_MS)).toHaveLength(3);
    // It drifted before.
    expect(asked('ranking', report, [], NOW - HOUR_MS)).toHaveLength(3);
  });

  it('a monitor that has gone asks for nothing', () => {
    expect(asked('ranking', reportOf([calibration], { reportedAt: at(49) }))).toEqual([]);
    expect(asked('ranking', undefined)).toEqual([]);
  });

  it('what was logged is looked at first where it is doubted', () => {
    const report = reportOf([calibration], { doubts: ['Train/serve skew: 3 of 300 rows'] });
    expect(driftAsks('ranking', report, NOW, { runs: [], servedSince: undefined })).toEqual({
      alerts: [calibration],
      doubts: ['Train/serve skew: 3 of 300 rows'],
    });
  });

  it('says what it is', () => {
    expect(driftReason([drifted('runtime_hours')])).toBe('drift: runtime_hours PSI 0.31 > 0.25');
    expect(driftReason([calibration, predictions])).toBe(
      'drift: calibration 0.20 < 0.33, predictions PSI 0.40 > 0.25',
    );
    expect(driftReason([drifted('a'), drifted('b'), drifted('c'), drifted('d'), drifted('e')])).toMatch(
      /c PSI 0.31 > 0.25 and 2 more$/,
    );
  });
});
