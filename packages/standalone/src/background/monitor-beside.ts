/**
 * The monitor beside a process that serves: the report is made by a process of its own with the least priority, because
 * replaying a log must not make anybody wait; this one starts it, reads what it wrote, and tells Prometheus.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import type { Clock } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMonitor, type DailyReport, liveFindings, type Monitor, reportKeeper } from '@marquee/monitor';
import { type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';

const COMMAND = fileURLToPath(new URL('../commands/monitor.ts', import.meta.url));
/** Of the days' reports, in a world's folder. */
const REPORTS_FOLDER = 'reports';
/** Of the child's messages; the last of them say what went wrong. */
const MAX_MESSAGE = 4_000;

export interface MonitorBesideOptions {
  /** The world's folder: its last part is the world's name, the rest the data directory. */
  readonly folder: string;
  readonly store: KeyValueStore;
  /** In this process. */
  readonly consumers: readonly { readonly name: string; lag(): Promise<number> }[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where drift is told. */
  readonly broadcast: ConfigurationBroadcast;
  readonly everyMs: number;
  /** Default `everyMs`. */
  readonly firstAfterMs?: number | undefined;
}

export function createMonitorBeside(options: MonitorBesideOptions): Monitor {
  const { store, clock, logger, metrics, broadcast, everyMs, firstAfterMs = everyMs } = options;
  return createMonitor(
    {
      clock,
      logger,
      metrics,
      broadcast,
      keep: reportKeeper(join(options.folder, REPORTS_FOLDER)),
      makeReport: (signal) => reportOf(options.folder, signal),
      live: () =>
        liveFindings({
          store,
          clock,
          consumerLags: async () =>
            Object.fromEntries(
              await Promise.all(
                options.consumers.map(
                  async (consumer) => [consumer.name, await consumer.lag().catch(() => undefined)] as const,
                ),
              ),
            ),
        }),
    },
    { everyMs, firstAfterMs },
  );
}

/** @throws MarqueeError INTERNAL_SERVER_ERROR with the child's last words */
export async function reportOf(folder: string, signal: AbortSignal): Promise<DailyReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-report-'));
  const file = join(scratch, 'report.json');
  try {
    const world = ['--world', folder.slice(dirname(folder).length + 1), '--data-dir', dirname(folder)];
    const { code, message } = await run([COMMAND, '--last-day', ...world, '--json', file], signal);
    // 1 says that something alerts; the report is there all the same.
    if (code !== 0 && code !== 1) throw failed(message);
    return JSON.parse(
      await readFile(file, 'utf8').catch(() => Promise.reject(failed(message))),
    ) as DailyReport;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function run(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number | null; message: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'ignore', 'pipe'], signal });
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let message = '';
    child.stderr.on('data', (chunk: Buffer) => {
      message = (message + chunk.toString()).slice(-MAX_MESSAGE);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, message }));
  });
}

function failed(message: string): MarqueeError {
  return new MarqueeError('INTERNAL_SERVER_ERROR', `the report was not made: ${message.trim()}`);
}
