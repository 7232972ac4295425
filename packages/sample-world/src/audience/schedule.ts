/** When whom: at most one session per viewer and day, at an hour and on a device typical of the segment. */
import { DAY_MS, DEVICES, type Device, HOUR_MS } from '@marquee/domain';
import { mix, uniformAt } from './mix.ts';
import type { SegmentPrior } from './segments.ts';

/** A viewer's day runs from 5 a.m. to 5 a.m., so that late evenings belong to the day they began on. */
const DAY_STARTS_MS = 5 * HOUR_MS;
const SATURDAY = 6;
const SUNDAY = 0;
const WEEKEND_ACTIVITY = 1.5;
const WEEKDAY_ACTIVITY = 0.8;

/** Number of the day an instant belongs to. */
export function dayOf(instant: number): number {
  return Math.floor((instant - DAY_STARTS_MS) / DAY_MS);
}

/** Whether viewer `n` comes on that day; cheap, since it is asked for every viewer and day. */
export function comesOn(seed: number, n: number, day: number, activity: number): boolean {
  const weekday = new Date(day * DAY_MS).getUTCDay();
  const factor = weekday === SATURDAY || weekday === SUNDAY ? WEEKEND_ACTIVITY : WEEKDAY_ACTIVITY;
  return uniformAt(seed ^ 0x5e55, n, day) < activity * factor;
}

/** Epoch milliseconds. */
export function sessionStart(seed: number, n: number, day: number, segment: SegmentPrior): number {
  const hour = weightedAt(segment.hours, uniformAt(seed ^ 0x40a7, n, day));
  return day * DAY_MS + hour * HOUR_MS + (mix(seed ^ 0x3117, n, day) % HOUR_MS);
}

export function deviceAt(segment: SegmentPrior, draw: number): Device {
  const choices = segment.devices.map((weight, i): readonly [Device, number] => [DEVICES[i]!, weight]);
  return weightedAt(choices, draw);
}

export function hourOf(instant: number): number {
  return new Date(instant).getUTCHours();
}

function weightedAt<T>(choices: readonly (readonly [value: T, weight: number])[], draw: number): T {
  let rest = draw * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) {
    rest -= weight;
    if (rest < 0) return value;
  }
  return choices.at(-1)![0];
}
