/**
 * The frame around every command: signals, faults and exit codes. An expected failure is one clear line; an
 * unexpected one keeps its stack. Exit codes: 0 done, 1 failed, 130 interrupted.
 */
import { MarqueeError } from './errors.ts';

/** @param command resolves when all is done and everything is closed; `signal` aborts on SIGINT and SIGTERM. */
export async function runProcess(command: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The second signal means it: whoever sends it has waited long enough.
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new Interrupted());
    });
  }
  process.on('unhandledRejection', (reason) => fail(reason));
  process.on('uncaughtException', (error) => fail(error));

  try {
    await command(interruption.signal);
    // A command that did its work may still have bad news.
    process.exitCode ??= 0;
  } catch (error) {
    if (
      error instanceof Interrupted ||
      (interruption.signal.aborted && error === interruption.signal.reason)
    ) {
      process.stderr.write('marquee: interrupted; the next start begins cleanly\n');
      process.exitCode = 130;
    } else {
      report(error);
      process.exitCode = 1;
    }
  }
}

class Interrupted extends Error {}

function report(error: unknown): void {
  const line =
    error instanceof MarqueeError
      ? `marquee: ${error.code}: ${error.message}`
      : `marquee: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  process.stderr.write(`${line}\n`);
}

/** After a fault nobody caught, nothing in the process can be trusted; the log holds what was acknowledged. */
function fail(error: unknown): never {
  report(error);
  process.exit(1);
}
