export type { Finding, Status } from './checks/finding.ts';
export { CHECK_NAMES, type CheckName, THRESHOLDS, type Threshold } from './checks/thresholds.ts';
export { type DayWindow, windowOfDay } from './facts/day-window.ts';
export { type LiveDeps, liveFindings } from './live-findings.ts';
export { type DailyReport, makeDailyReport, type ReportOptions, withFindings } from './make-daily-report.ts';
export { createMonitor, type Monitor, type MonitorDeps, type MonitorOptions } from './monitor.worker.ts';
export { reportHtml } from './render/report-html.ts';
export { reportText } from './render/report-text.ts';
export { type LastDayDeps, type LastDayOptions, lastDayReporter } from './report-last-day.ts';
