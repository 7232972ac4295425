/**
 * Looks at the last day now and then and tells Prometheus what it found, and whoever trains what has drifted. Reads the lake and the stores,
 * and writes its reports and nothing else: two monitors do no harm, and are twice the work. A report that fails leaves the figures of the last
 * one, whose age is exported, too.
 */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { type Clock, SECOND_MS } from '@marquee/domain';
import {
  type DriftReport,
  driftAlertKey,
  driftAlertText,
  publishDriftReport,
  readDriftReport,
} from '@marquee/model-registry';
import type { Component, Logger, Metrics, Readiness } from '@marquee/service-kit';
import type { Finding, Status } from './checks/finding.ts';
import { type DailyReport, withFindings } from './make-daily-report.ts';
import { standingDrift } from './standing-drift.ts';

export interface MonitorDeps {
  /** Of the last day; undefined where there is nothing to report on yet. */
  makeReport(signal: AbortSignal): Promise<DailyReport | undefined>;
  /** What can be asked of a running installation only. */
  live(): Promise<readonly Finding[]>;
  /** Where the drift that stands is told, and remembered over restarts. Absent: it is told to nobody. */
  readonly broadcast?: Pick<ConfigurationBroadcast, 'get' | 'put'>;
  /** Keeps a report for people. Absent: none is kept. */
  readonly keep?: (report: DailyReport) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface MonitorOptions {
  /** Between the end of one report and the next. Default an hour. */
  readonly everyMs?: number;
  /** After the start. Default a minute: starting is not the time to read a day. */
  readonly firstAfterMs?: number;
}

export interface Monitor extends Component {
  readonly last: DailyReport | undefined;
  /** Makes a report now; one at a time. Undefined where there is nothing to report on. */
  run(): Promise<DailyReport | undefined>;
}

const LEVELS: Readonly<Record<Status, number>> = { 'no-data': -1, ok: 0, warn: 1, alert: 2 };

export function createMonitor(deps: MonitorDeps, options: MonitorOptions = {}): Monitor {
  const { clock, logger, metrics } = deps;
  const { everyMs = 3_600_000, firstAfterMs = 60_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<DailyReport | undefined> | undefined;
  let stopping = new AbortController();
  let last: DailyReport | undefined;
  let problem: string | undefined;
  /** Where the broadcast cannot be asked, what is known here. */
  let drift: DriftReport | undefined;

  async function report(): Promise<DailyReport | undefined> {
    const made = await deps.makeReport(stopping.signal);
    return made === undefined ? undefined : withFindings(made, await deps.live());
  }

  function tell(made: DailyReport): void {
    for (const { check, status, value, detail } of made.findings) {
      metrics?.set('marquee_monitor_status', LEVELS[status], { check });
      if (value !== undefined) metrics?.set('marquee_monitor_value', value, { check });
      if (status === 'alert') logger.error({ check, value, detail }, 'beyond its alert bound');
      else if (status === 'warn') logger.warn({ check, value, detail }, 'beyond its warning bound');
    }
    metrics?.set('marquee_monitor_report_timestamp_seconds', clock.now() / SECOND_MS);
  }

  /** Nobody's report fails for want of a listener: the next one tells it again. */
  async function tellDrift(made: DailyReport): Promise<void> {
    const { broadcast } = deps;
    if (broadcast === undefined) return;
    try {
      const before = (await readDriftReport(broadcast)) ?? drift;
      const now = standingDrift(made, before, clock.now());
      const known = new Set(before?.alerts.map(driftAlertKey));
      for (const alert of now.alerts) {
        if (!known.has(driftAlertKey(alert))) logger.warn({ drift: driftAlertText(alert) }, 'it has drifted');
      }
      metrics?.set('marquee_monitor_drift_alerts', now.alerts.length);
      drift = now;
      await publishDriftReport(broadcast, now);
    } catch (error) {
      logger.error({ err: error }, 'nobody could be told what has drifted');
    }
  }

  async function runOnce(): Promise<DailyReport | undefined> {
    try {
      const made = await report();
      problem = undefined;
      if (made !== undefined) {
        tell(made);
        await tellDrift(made);
        await deps.keep?.(made).catch((error: unknown) => {
          logger.error({ err: error }, 'the report could not be kept');
        });
        last = made;
      }
      return made;
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      problem = error instanceof Error ? error.message : String(error);
      logger.error({ err: error }, 'the report could not be made');
      throw error;
    }
  }

  function run(): Promise<DailyReport | undefined> {
    running ??= runOnce().finally(() => {
      running = undefined;
    });
    return running;
  }

  function schedule(afterMs: number): void {
    timer = setTimeout(async () => {
      await run().catch(() => undefined);
      if (!stopping.signal.aborted) schedule(everyMs);
    }, afterMs);
    timer.unref();
  }

  return {
    name: 'monitor',
    get last() {
      return last;
    },
    run,
    async start() {
      stopping = new AbortController();
      schedule(firstAfterMs);
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running?.catch(() => undefined);
    },
    // Nobody waits for a report.
    readiness: (): Readiness => ({
      ready: true,
      ...(problem !== undefined && { detail: `last report: ${problem}` }),
    }),
  };
}
