/**
 * The training process's side: takes one request, trains, at the lowest priority unless it is asked otherwise, says what came of it and ends. It holds the lock, so that
 * it ends with the process, and it ends when whoever asked for it is gone.
 */
import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { runTraining, type TrainingWorld } from '../run-training.ts';
import { RunLog } from '../runs/run-log.ts';
import { lockTraining } from '../runs/training-lock.ts';
import { type TrainingRequest, trainingRequestSchema } from '../runs/training-run.ts';
import type { FromChild, ToChild } from './messages.ts';

const PROGRESS_EVERY_MS = 200;

/** @param openWorld called once, after the lock is held */
export async function trainOnRequest(
  openWorld: (request: TrainingRequest) => Promise<TrainingWorld>,
): Promise<void> {
  const stop = new AbortController();
  const ended = () => stop.abort(new MarqueeError('OVERLOADED', 'the training was stopped'));
  process.on('disconnect', ended);
  process.on('SIGTERM', ended);
  process.on('SIGINT', () => undefined);
  try {
    const request = await new Promise<TrainingRequest>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
      process.on('message', (message: ToChild) => {
        if (message.kind === 'stop') ended();
        else resolve(trainingRequestSchema.parse(message.request));
      });
    });
    if (request.priority !== 'normal') lowerPriority();
    const release = lockTraining(request.modelsFolder);
    try {
      await new RunLog(request.modelsFolder).closeInterrupted(request.runId, new Date().toISOString());
      const world = await openWorld(request);
      await tell({
        kind: 'done',
        result: await runTraining(world, request, progressToParent(), stop.signal),
      });
    } finally {
      release();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await tell({
      kind: 'failed',
      code: isMarqueeError(error) ? error.code : 'INTERNAL_SERVER_ERROR',
      message,
    });
    process.exitCode = 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

/** On Linux a priority is a thread's own, and later threads take it from the one that begins them. */
function lowerPriority(): void {
  const lowest = constants.priority.PRIORITY_LOW;
  setPriority(0, lowest);
  if (process.platform !== 'linux') return;
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      setPriority(Number(thread), lowest);
    } catch {
      // It has ended since.
    }
  }
}

function progressToParent() {
  let phase = '';
  let total: number | undefined;
  let toldAt = 0;
  const say = (done: number): void => {
    toldAt = performance.now();
    void tell({ kind: 'progress', phase, done, ...(total !== undefined && { total }) });
  };
  return {
    phase(name: string, expected?: number) {
      phase = name;
      total = expected;
      say(0);
    },
    update(done: number) {
      if (performance.now() - toldAt >= PROGRESS_EVERY_MS) say(done);
    },
  };
}

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    // Nobody listens any more: there is nobody to tell that, either.
    else process.send?.(message, () => resolve());
  });
}
