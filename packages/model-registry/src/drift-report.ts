/**
 * What the monitor last found to have drifted, as it is told to whoever trains. It is told through the configuration broadcast, as what is
 * in force now: an alert stands until a report finds its figure well, and keeps the instant at which it began, also over restarts of
 * the monitor. So one alert is one alert, however often it is reported.
 */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { z } from 'zod';

export const DRIFT_REPORT_KEY = 'monitor/drift';

/** Checks of the monitor that say that a model knows another world than it serves in. */
export const DRIFT_CHECKS = ['feature-drift', 'prediction-drift', 'calibration'] as const;
export type DriftCheck = (typeof DRIFT_CHECKS)[number];

export const driftAlertSchema = z.object({
  check: z.enum(DRIFT_CHECKS),
  /** Column of the ranker's; of feature drift. */
  feature: z.string().min(1).optional(),
  /** When it was beyond its bound last. */
  value: z.number(),
  /** That it was above of; of calibration also below. */
  bound: z.number(),
  /** Report that found it first, ISO. */
  since: z.iso.datetime(),
});
export type DriftAlert = z.infer<typeof driftAlertSchema>;

const MAX_ALERTS = 200;

const driftReportSchema = z.object({
  /** ISO. */
  reportedAt: z.iso.datetime(),
  alerts: z.array(driftAlertSchema).max(MAX_ALERTS),
  /** Why what was logged should not be learned from without somebody having looked, for people; empty: it may be. */
  doubts: z.array(z.string()).max(MAX_ALERTS),
});
export type DriftReport = z.infer<typeof driftReportSchema>;

/** @returns undefined where none was ever told, or one that nobody here can read. @throws MarqueeError DEPENDENCY_UNAVAILABLE */
export async function readDriftReport(
  broadcast: Pick<ConfigurationBroadcast, 'get'>,
): Promise<DriftReport | undefined> {
  const told = await broadcast.get(DRIFT_REPORT_KEY);
  if (told === undefined) return undefined;
  try {
    return driftReportSchema.parse(JSON.parse(told.value));
  } catch {
    return undefined;
  }
}

/** @throws MarqueeError DEPENDENCY_UNAVAILABLE, when it may have been told */
export async function publishDriftReport(
  broadcast: Pick<ConfigurationBroadcast, 'put'>,
  report: DriftReport,
): Promise<void> {
  const { alerts, doubts } = report;
  const bounded = { ...report, alerts: alerts.slice(0, MAX_ALERTS), doubts: doubts.slice(0, MAX_ALERTS) };
  await broadcast.put(DRIFT_REPORT_KEY, JSON.stringify(bounded));
}

/** The same alert in every report that has it. */
export function driftAlertKey({ check, feature, since }: DriftAlert): string {
  return `${check}/${feature ?? ''}@${since}`;
}

/** For people: `runtime_hours PSI 0.31 > 0.25`. */
export function driftAlertText({ check, feature, value, bound }: DriftAlert): string {
  const side = value < bound ? '<' : '>';
  const what = check === 'calibration' ? 'calibration' : `${feature ?? 'predictions'} PSI`;
  return `${what} ${value.toFixed(2)} ${side} ${bound}`;
}
