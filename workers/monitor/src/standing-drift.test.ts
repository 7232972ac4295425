import type { DriftReport } from '@marquee/model-registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, found, withoutData } from './checks/finding.ts';
import type { ColumnDrift } from './facts/feature-drift.facts.ts';
import { standingDrift } from './standing-drift.ts';

const column = (name: string, drift: number, raisesAlarm = true): ColumnDrift => ({
  ...{ column: name, drift, raisesAlarm, mean: 1, referenceMean: 1 },
});
const after = (
  before: DriftReport | undefined,
  hour: number,
  columns: ColumnDrift[],
  findings: Finding[] = [],
): DriftReport => standingDrift({ columns, findings }, before, Date.UTC(2026, 2, 1, hour));
const iso = (hour: number): string => new Date(Date.UTC(2026, 2, 1, hour)).toISOString();

describe('drift that stands', () => {
  it('every feature beyond its bound is an alert of its own, moving ones are none', () => {
    const report = after(undefined, 1, [
      column('runtime_hours', 0.31),
      column('votes', 0.2),
      column('hour_sin', 3, false),
    ]);
    expect(report).toEqual({
      reportedAt: iso(1),
      alerts: [{ check: 'feature-drift', feature: 'runtime_hours', value: 0.31, bound: 0.25, since: iso(1) }],
      doubts: [],
    });
  });

  it('one that hovers about its bound is one alert, with its first instant, until it is well', () => {
    let report = after(undefined, 1, [column('votes', 0.3)]);
    for (const [hour, drift] of [
      [2, 0.2],
      [3, 0.4],
      [4, 0.11],
    ] as const) {
      report = after(report, hour, [column('votes', drift)]);
      expect(report.alerts.map(({ since }) => since)).toEqual([iso(1)]);
    }
    expect(report.alerts[0]!.value).toBe(0.4);
    report = after(report, 5, [column('votes', 0.05)]);
    expect(report.alerts).toEqual([]);
    report = after(report, 6, [column('votes', 0.3)]);
    expect(report.alerts[0]!.since).toBe(iso(6));
  });

  it('a report that could not look ends nothing', () => {
    const calibration = found('calibration', 0.2, '');
    const report = after(undefined, 1, [column('votes', 0.3)], [calibration]);
    const blind = after(report, 2, [], [withoutData('calibration', 'too few')]);
    expect(blind.alerts).toEqual(report.alerts);
    expect(blind.alerts.map(({ check, bound }) => [check, bound])).toEqual([
      ['feature-drift', 0.25],
      ['calibration', 0.33],
    ]);
  });

  it('says why what was logged is not to be learned from', () => {
    const report = after(
      undefined,
      1,
      [],
      [found('skew', 0.2, '59 of 297 rows'), found('coverage', 0.1, '')],
    );
    expect(report.doubts).toEqual(['Train/serve skew: 59 of 297 rows']);
  });

  it('whatever is reported: no alert twice, none that was not beyond its bound, none older than its feature was well', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean())), (hours) => {
        let report: DriftReport | undefined;
        let wellAt = -1;
        for (const [hour, [drift, looked]] of hours.entries()) {
          report = after(report, hour, looked ? [column('votes', drift)] : []);
          if (looked && drift <= 0.1) wellAt = hour;
          expect(report.alerts.length).toBeLessThanOrEqual(1);
          for (const alert of report.alerts) {
            expect(alert.value).toBeGreaterThan(0.25);
            expect(Date.parse(alert.since)).toBeGreaterThan(Date.parse(iso(wellAt)));
          }
          if (looked && drift > 0.25) expect(report.alerts).toHaveLength(1);
        }
      }),
    );
  });
});
