/** The report for a terminal. */
import { THRESHOLDS } from '../checks/thresholds.ts';
import type { DailyReport } from '../make-daily-report.ts';
import { writtenBounds, writtenValue } from './values.ts';

const MARKS = { ok: '✓', warn: '!', alert: '✗', 'no-data': '·' } as const;

export function reportText(report: DailyReport): string {
  const rows = report.findings.map(({ check, status, value, detail }) => [
    `${MARKS[status]} ${THRESHOLDS[check].title}`,
    writtenValue(check, value),
    writtenBounds(check),
    detail,
  ]);
  const header = ['', 'value', 'alerts at', ''];
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 1 || i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const unseen = report.findings.filter(({ status }) => status === 'no-data').length;
  const alerts = report.findings.filter(({ status }) => status === 'alert');
  return [
    `${report.from} to ${report.to}: ${report.status}${unseen === 0 ? '' : `; ${unseen} of ${rows.length} checks had too little to look at`}`,
    '',
    ...[header, ...rows].map(line),
    ...(alerts.length === 0 ? [] : ['', 'What to do:']),
    ...alerts.map(
      ({ check }) => `  ${THRESHOLDS[check].title}: docs/runbooks/alerts.md#${THRESHOLDS[check].runbook}`,
    ),
  ].join('\n');
}
