/** Runs one training in a process of its own, with a bound on its memory, and keeps the record of it. */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { systemClock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { RunLog } from '../runs/run-log.ts';
import type { TrainingRequest, TrainingResult, TrainingRun } from '../runs/training-run.ts';
import type { FromChild, ToChild } from './messages.ts';
import { type Resting, type RestOptions, restWhereBusy } from './spare-time.ts';

export interface LaunchOptions {
  /** Script that calls `trainOnRequest`. */
  readonly script: string;
  readonly arguments?: readonly string[];
  /** Of the JavaScript heap; DuckDB and matrices come on top. Default 1,536. */
  readonly heapMegabytes?: number;
  /** A training that works longer is ended; so is one that has been there for twelve times as long, working or resting. Default 2 hours. */
  readonly withinMs?: number;
  /** Of one that takes spare time only. */
  readonly rest?: RestOptions;
  readonly signal?: AbortSignal;
  /** Told the process's id. */
  readonly onStarted?: (pid: number) => void;
  readonly onProgress?: (phase: string, done: number, total: number | undefined) => void;
}

const HEAP_MEGABYTES = 1_536;
const WITHIN_MS = 2 * 3_600_000;
/** Of the time that a training may take, for one that rests where the machine is busy. */
const MOST_RESTS = 12;
/** To end by itself after it was asked to. */
const GRACE_MS = 5_000;

/** From its first moment: loading what it needs is a second of work, too. Its threads are begun by one that has it. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended since; or it may not be, and does it itself.
  }
}

/** @returns the run as it was recorded, also a failed one; only a record that cannot be written is an error. */
export async function launchTraining(request: TrainingRequest, options: LaunchOptions): Promise<TrainingRun> {
  const log = new RunLog(request.modelsFolder);
  const startedAt = systemClock.now();
  const begun: TrainingRun = {
    request,
    state: 'running',
    startedAt: new Date(startedAt).toISOString(),
    ...{ finishedAt: null, durationSeconds: null, result: null, problem: null },
  };
  await log.write(begun);
  let resting: Resting | undefined;
  const ended = (): Pick<TrainingRun, 'finishedAt' | 'durationSeconds' | 'restedSeconds'> => {
    const now = systemClock.now();
    return {
      ...{ finishedAt: new Date(now).toISOString(), durationSeconds: (now - startedAt) / 1_000 },
      ...(resting && { restedSeconds: resting.restedMs / 1_000 }),
    };
  };
  let run: TrainingRun;
  try {
    const result = await inProcess(request, options, (child) => {
      if (request.priority === 'spare') resting = restWhereBusy(child, options.rest);
      return resting;
    });
    run = { ...begun, ...ended(), state: result.outcome, result };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const state = error instanceof EndedEarly ? 'interrupted' : 'failed';
    run = { ...begun, ...ended(), state, problem };
  }
  await log.write(run);
  return run;
}

class EndedEarly extends Error {}

function inProcess(
  request: TrainingRequest,
  options: LaunchOptions,
  restOf: (child: ChildProcess) => Resting | undefined,
): Promise<TrainingResult> {
  const { script, heapMegabytes = HEAP_MEGABYTES, withinMs = WITHIN_MS, signal, onProgress } = options;
  if (signal?.aborted === true) return Promise.reject(new EndedEarly('stopped before it began'));
  const child = fork(script, [...(options.arguments ?? [])], {
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    // Its log goes where ours goes; what it prints on standard output is nobody's answer.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  if (request.priority !== 'normal') lowerPriority(child.pid);
  if (child.pid !== undefined) options.onStarted?.(child.pid);
  const resting = restOf(child);
  return new Promise((resolve, reject) => {
    let said: FromChild | undefined;
    let why: string | undefined;
    let kill: NodeJS.Timeout | undefined;
    const stop = (reason: string): void => {
      why ??= reason;
      // Who rests does not hear.
      resting?.end();
      if (child.connected) child.send({ kind: 'stop' } satisfies ToChild, () => undefined);
      kill ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const begunAt = performance.now();
    const checkTime = (): void => {
      const passed = performance.now() - begunAt;
      const left = Math.min(withinMs + (resting?.restedMs ?? 0), MOST_RESTS * withinMs) - passed;
      if (left <= 0) stop(`it took more than ${Math.round(passed / 60_000)} minutes`);
      else limit = setTimeout(checkTime, Math.ceil(left));
    };
    let limit: NodeJS.Timeout | undefined;
    checkTime();
    const onAbort = (): void => stop('the trainer was stopped');
    signal?.addEventListener('abort', onAbort, { once: true });
    child.on('message', (message: FromChild) => {
      if (message.kind === 'progress') onProgress?.(message.phase, message.done, message.total);
      else said = message;
    });
    child.once('error', (error) => {
      said ??= { kind: 'failed', code: 'INTERNAL_SERVER_ERROR', message: error.message };
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(limit);
      clearTimeout(kill);
      resting?.end();
      signal?.removeEventListener('abort', onAbort);
      if (said?.kind === 'done') resolve(said.result);
      else if (why !== undefined) reject(new EndedEarly(why));
      else if (said?.kind === 'failed') reject(new MarqueeError('DATA_CORRUPT', said.message));
      else reject(new EndedEarly(`its process was ended (${killedBy ?? `exit code ${code}`})`));
    });
    child.send({ kind: 'train', request } satisfies ToChild, () => undefined);
  });
}
