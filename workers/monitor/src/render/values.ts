/** How a finding's value and bounds are written. */
import { type Bounds, type CheckName, THRESHOLDS, type Threshold } from '../checks/thresholds.ts';

const WRITTEN: Readonly<Record<Threshold['unit'], (value: number) => string>> = {
  share: (value) => `${(100 * value).toFixed(2)} %`,
  number: (value) => value.toFixed(3),
  ratio: (value) => `×${value.toFixed(2)}`,
  bits: (value) => `${value.toFixed(2)} bit`,
  seconds: (value) => `${value.toFixed(0)} s`,
  events: (value) => value.toLocaleString('en-GB'),
};

export function writtenValue(check: CheckName, value: number | undefined): string {
  return value === undefined ? '–' : WRITTEN[THRESHOLDS[check].unit](value);
}

/** The bounds beyond which it alerts. */
export function writtenBounds(check: CheckName): string {
  const { alert, unit }: Threshold = THRESHOLDS[check];
  const { above, below }: Bounds = alert;
  return [
    ...(above === undefined ? [] : [`> ${WRITTEN[unit](above)}`]),
    ...(below === undefined ? [] : [`< ${WRITTEN[unit](below)}`]),
  ].join(' or ');
}
