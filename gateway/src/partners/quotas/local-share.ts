/**
 * What one gateway knows of a quota, and what it may hand out of it alone: an equal part of what was left when it last
 * heard from the others. Pure.
 */
import type { Quota } from '../partner.ts';
import type { Taken } from './quota-counter.ts';

export interface KnownUse {
  /** Milliseconds on this gateway's clock. */
  readonly endsAt: number;
  /** By everybody, as last heard. */
  readonly heard: number;
  /** Here since then, and not yet told. */
  readonly owed: number;
}

/** A counter's clock may be behind by one window: it goes on with the one it had. */
const MOST_WINDOWS_AHEAD = 2;

/** What ends later than this was counted before a clock was set back, and would shut a partner out for as long. */
export function isWindowOf(endsAt: number, windowMs: number, now: number): boolean {
  return endsAt > now && endsAt <= now + MOST_WINDOWS_AHEAD * windowMs;
}

/** Windows lie as they did when they were last heard of; never heard of, as this gateway's clock has them. */
export function knownAt(known: KnownUse | undefined, { windowSeconds }: Quota, now: number): KnownUse {
  const windowMs = windowSeconds * 1_000;
  if (known !== undefined && isWindowOf(known.endsAt, windowMs, now)) return known;
  const lastEnd = known?.endsAt ?? Math.floor(now / windowMs) * windowMs;
  const endsAt = lastEnd + (Math.floor((now - lastEnd) / windowMs) + 1) * windowMs;
  return { endsAt, heard: 0, owed: 0 };
}

/** Whole from here on: nothing fits in until the window ends, so nobody has to be asked. */
export function isUsedUp({ heard, owed }: KnownUse, { limit }: Quota): boolean {
  return heard + owed >= limit;
}

/**
 * What this gateway may still hand out alone. One more than nothing where a limit is smaller than the number of
 * gateways: a partner is slowed down then, and not shut out.
 * @param gateways that count.
 */
export function shareLeft({ heard, owed }: KnownUse, { limit }: Quota, gateways: number): number {
  const left = Math.max(0, limit - heard);
  const share = left === 0 ? 0 : Math.max(1, Math.floor(left / Math.max(1, gateways)));
  return Math.max(0, share - owed);
}

/** After an answer, of which others may have come and gone meanwhile. */
export function heardFrom(known: KnownUse, { used, endsInMs }: Taken, quota: Quota, now: number): KnownUse {
  const endsAt = now + endsInMs;
  const isAnotherWindow = Math.abs(endsAt - known.endsAt) > quota.windowSeconds * 500;
  if (!isAnotherWindow) return { endsAt, heard: Math.max(known.heard, used), owed: known.owed };
  return endsAt > known.endsAt ? { endsAt, heard: used, owed: 0 } : known;
}
