/** Instants and spans on the command line. Pure. */
import { MarqueeError } from '@marquee/service-kit';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds since 1970 of a date or an ISO 8601 instant. @throws MarqueeError BAD_USER_INPUT naming the flag. */
export function instantOf(flag: string, text: string): number {
  const milliseconds = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) {
    throw new MarqueeError('BAD_USER_INPUT', `${flag} must be a date like 2026-12-31, in UTC`);
  }
  return Math.floor(milliseconds / 1000);
}

/** Seconds of `90s`, `15m`, `12h` or `30d`. @throws MarqueeError BAD_USER_INPUT naming the flag. */
export function secondsOf(flag: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount === undefined) {
    throw new MarqueeError('BAD_USER_INPUT', `${flag} must be a time like 90s, 15m, 12h or 30d`);
  }
  return Number(amount) * UNITS[unit]!;
}

/** @param seconds since 1970. @returns its day in UTC, as in 2026-12-31. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
