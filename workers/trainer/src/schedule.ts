/** When a training is due. Pure. */
export interface Schedule {
  /** Since the last one that ran to its end. */
  readonly everyMs: number;
  /** Qualified watches that the last one did not know; 0: volume asks for none. */
  readonly newWatches: number;
  /** Between the beginnings of any two that drift asked for; 0: drift asks for none. */
  readonly driftPauseMs: number;
  /** Between the ends and beginnings of any two. */
  readonly pauseMs: number;
}

export interface TrainingPast {
  /** Epoch milliseconds of the last run's end, however it ended; undefined: there was none. */
  readonly lastEndedAt: number | undefined;
  /** The same of the last that succeeded, or had too little to learn from. */
  readonly lastFinishedAt: number | undefined;
  readonly newWatches: number;
  /** Why drift asks for one; undefined: it does not. */
  readonly drift: string | undefined;
  /** Epoch milliseconds of the beginning of the last run that drift asked for and that was not broken off. */
  readonly lastDriftAt: number | undefined;
}

export interface Due {
  readonly by: 'drift' | 'volume' | 'schedule';
  /** For people. */
  readonly why: string;
}

/** @returns why one is due, undefined when none is. */
export function due(now: number, schedule: Schedule, past: TrainingPast): Due | undefined {
  const { lastEndedAt, lastFinishedAt, newWatches, drift, lastDriftAt } = past;
  // What has just failed will fail again at once.
  if (lastEndedAt !== undefined && now - lastEndedAt < schedule.pauseMs) return undefined;
  const driftMay = lastDriftAt === undefined || now - lastDriftAt >= schedule.driftPauseMs;
  if (drift !== undefined && schedule.driftPauseMs > 0 && driftMay) return { by: 'drift', why: drift };
  if (schedule.newWatches > 0 && newWatches >= schedule.newWatches) {
    return { by: 'volume', why: `volume: ${newWatches} qualified watches since the last training` };
  }
  if (lastFinishedAt === undefined) return { by: 'schedule', why: 'there was no training yet' };
  if (now - lastFinishedAt >= schedule.everyMs) return { by: 'schedule', why: 'on schedule' };
  return undefined;
}
