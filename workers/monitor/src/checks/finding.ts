/** What a check found, and how bad that is. */
import { type Bounds, type CheckName, THRESHOLDS, type Threshold } from './thresholds.ts';

/** `no-data`: there was not enough to say anything, which is no reassurance. */
export type Status = 'ok' | 'warn' | 'alert' | 'no-data';

export interface Finding {
  readonly check: CheckName;
  readonly status: Status;
  /** Undefined where there is no data. */
  readonly value?: number;
  /** For people: what stands behind the value, or why there is none. */
  readonly detail: string;
}

/** Judges a value by the check's bounds. */
export function found(check: CheckName, value: number, detail: string): Finding {
  if (!Number.isFinite(value)) return withoutData(check, detail);
  const { warn, alert }: Threshold = THRESHOLDS[check];
  const status = isBeyond(value, alert) ? 'alert' : isBeyond(value, warn) ? 'warn' : 'ok';
  return { check, status, value, detail };
}

export function withoutData(check: CheckName, detail: string): Finding {
  return { check, status: 'no-data', detail };
}

function isBeyond(value: number, { above, below }: Bounds): boolean {
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}
