/**
 * Which drift stands after a report: what is beyond its alert bound now, and what was and is not well again yet. That something is
 * between its two bounds neither begins an alert nor ends it, so a figure that hovers about one of them is one alert. Pure.
 */
import type { DriftAlert, DriftCheck, DriftReport } from '@marquee/model-registry';
import { found, type Status } from './checks/finding.ts';
import { type CheckName, THRESHOLDS, type Threshold } from './checks/thresholds.ts';
import type { DailyReport } from './make-daily-report.ts';

/** What speaks against learning from what was logged: somebody has to look first. The rest of the checks are about what is shown. */
const DOUBTS: readonly CheckName[] = [
  'skew',
  'feature-nulls',
  'unknown-titles',
  'impossible-watches',
  'flooding',
];

/** @param before what stood until now; undefined: nothing, or nobody knows. @param now epoch milliseconds */
export function standingDrift(
  report: Pick<DailyReport, 'findings' | 'columns'>,
  before: DriftReport | undefined,
  now: number,
): DriftReport {
  const reportedAt = new Date(now).toISOString();
  const knownOf = (check: DriftCheck, feature?: string): DriftAlert | undefined =>
    before?.alerts.find((alert) => alert.check === check && alert.feature === feature);

  function judged(
    check: DriftCheck,
    status: Status,
    value: number | undefined,
    feature?: string,
  ): readonly DriftAlert[] {
    const known = knownOf(check, feature);
    if (status === 'alert' && value !== undefined) {
      const bound = boundBeyond(check, value);
      return [
        { check, ...(feature !== undefined && { feature }), value, bound, since: known?.since ?? reportedAt },
      ];
    }
    return known === undefined || status === 'ok' ? [] : [known];
  }

  const ofModel = (['prediction-drift', 'calibration'] as const).flatMap((check) => {
    const finding = report.findings.find((each) => each.check === check);
    return judged(check, finding?.status ?? 'no-data', finding?.value);
  });
  const columns = report.columns.filter(({ raisesAlarm }) => raisesAlarm);
  const ofFeatures =
    columns.length === 0
      ? // Nobody could look.
        (before?.alerts ?? []).filter(({ check }) => check === 'feature-drift')
      : columns.flatMap(({ column, drift }) =>
          judged('feature-drift', found('feature-drift', drift, '').status, drift, column),
        );
  return {
    reportedAt,
    alerts: [...ofFeatures, ...ofModel],
    doubts: report.findings
      .filter(({ check, status }) => status === 'alert' && DOUBTS.includes(check))
      .map(({ check, detail }) => `${THRESHOLDS[check].title}: ${detail}`),
  };
}

function boundBeyond(check: DriftCheck, value: number): number {
  const { above, below }: Threshold['alert'] = THRESHOLDS[check].alert;
  return below !== undefined && value < below ? below : (above ?? value);
}
