/** A day's lake, with the window that facts are read from. */
import type { MarqueeEvent } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { lakeOfEvents } from '@marquee/event-lake/test';
import { readWindow, windowOfDay } from '../facts/day-window.ts';

const DAY = '2026-03-01';
/** Its noon. */
export const AT = Date.parse(`${DAY}T12:00:00Z`);

/** @param at instant of the writing; the window is the day's, whatever it holds */
export async function dayOfSlates(events: readonly MarqueeEvent[], at = AT): Promise<LakeReader> {
  const reader = await lakeOfEvents(events, at);
  await readWindow(reader, windowOfDay(DAY));
  return reader;
}
