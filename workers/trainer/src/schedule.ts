/** When a training is due. Pure. */
export interface Schedule {
  /** Since the last one that ran to its end. */
  readonly everyMs: number;
  /** Qualified watches that the last one did not know; 0: volume asks for none. */
  readonly newWatches: number;
  /** Between the ends and beginnings of any two. */
  readonly pauseMs: number;
}

export interface TrainingPast {
  /** Epoch milliseconds of the last run's end, however it ended; undefined: there was none. */
  readonly lastEndedAt: number | undefined;
  /** The same of the last that succeeded, or had too little to learn from. */
  readonly lastFinishedAt: number | undefined;
  readonly newWatches: number;
}

/** @returns why one is due, undefined when none is. */
export function dueReason(now: number, schedule: Schedule, past: TrainingPast): string | undefined {
  const { lastEndedAt, lastFinishedAt, newWatches } = past;
  // What has just failed will fail again at once.
  if (lastEndedAt !== undefined && now - lastEndedAt < schedule.pauseMs) return undefined;
  if (schedule.newWatches > 0 && newWatches >= schedule.newWatches) {
    return `${newWatches} qualified watches since the last training`;
  }
  if (lastFinishedAt === undefined) return 'there was no training yet';
  if (now - lastFinishedAt >= schedule.everyMs) return 'on schedule';
  return undefined;
}
