/**
 * Looks a world's databases over while it starts. Opening one reads its first pages and serving reads the last ones,
 * so damage in the middle would be found by whoever needs it, perhaps months later and after the backups have gone.
 *
 * Small worlds are through before they serve. A large log on a cold disk takes longer than a start may; it is looked
 * over while serving, and damage then ends the process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Component, type Logger, MarqueeError, type Readiness } from '@marquee/service-kit';

const SCRIPT = fileURLToPath(new URL('./database-check.process.ts', import.meta.url));

export interface DatabaseCheck extends Component {
  /**
   * Waits for the end of the check, at most `waitMs`.
   * @throws MarqueeError DATA_CORRUPT naming the first damaged file.
   */
  start(): Promise<void>;
  /** Rejects with DATA_CORRUPT when damage is found; otherwise never settles. */
  readonly damage: Promise<never>;
}

export interface DatabaseCheckOptions {
  readonly files: readonly string[];
  /** How long a start may wait for it. */
  readonly waitMs: number;
  readonly logger: Logger;
}

/** Begins at once, beside whatever else starts; `stop` ends it wherever it is. */
export function beginDatabaseCheck({ files, waitMs, logger }: DatabaseCheckOptions): DatabaseCheck {
  const child = spawn(process.execPath, [SCRIPT, ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
  let state: Readiness = { ready: true, detail: 'looking the databases over' };
  let stopped = false;
  const outcome = problemIn(child).then(
    (problem) => {
      state = problem === undefined ? { ready: true } : { ready: false, detail: problem };
      if (problem !== undefined) throw new MarqueeError('DATA_CORRUPT', problem);
    },
    (error: unknown) => {
      if (stopped) return;
      state = { ready: true, detail: 'the databases could not be looked over' };
      logger.warn({ err: error }, 'the databases could not be looked over');
    },
  );
  const damage = outcome.then(() => new Promise<never>(() => undefined));
  // Whoever starts or serves looks at it; before that it must not count as unhandled.
  damage.catch(() => undefined);

  return {
    name: 'database-check',
    damage,
    async start() {
      const bound = new AbortController();
      try {
        await Promise.race([outcome, delay(waitMs, undefined, { signal: bound.signal })]);
      } finally {
        bound.abort();
      }
    },
    async stop() {
      stopped = true;
      child.kill('SIGKILL');
      await outcome.catch(() => undefined);
    },
    readiness: () => state,
  };
}

/** @returns undefined when every file is sound. @throws when the files could not be looked at. */
async function problemIn(child: ChildProcess): Promise<string | undefined> {
  const [said, complaint, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ]);
  const reports = said
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as { file: string; problem: string | null });
  const damaged = reports.find(({ problem }) => problem !== null);
  if (damaged !== undefined) {
    return `database ${damaged.file} is damaged: ${damaged.problem}; restore it, or move the folder away`;
  }
  if (code !== 0) throw new Error(`the check ended with ${code ?? signal}: ${complaint.slice(0, 500)}`);
  return undefined;
}
