/**
 * An answer as it is kept: with until when it is fresh, so that whoever is given it later is told the rest of its life and not
 * the whole of it once more (RFC 9111, section 4.2). Pure.
 */
import type { KeepingAdvice } from '../data-source/data-source.ts';

/** What is kept in one form is not read in another: part of every key. */
export const FORMAT = '2';

export interface Freshness {
  /** Milliseconds since 1970: gateways read what others have kept. */
  readonly freshUntil: number;
  /** The subgraph said so of it. */
  readonly isPrivate: boolean;
}

/** @param json the answer. */
export function withFreshness({ freshUntil, isPrivate }: Freshness, json: string): string {
  return `${freshUntil}${isPrivate ? 'p' : ''}\n${json}`;
}

/** @param text of `withFreshness`. @returns the answer, to be parsed. */
export function answerIn(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

export function freshnessIn(text: string): Freshness {
  const head = text.slice(0, text.indexOf('\n'));
  const isPrivate = head.endsWith('p');
  return { freshUntil: Number(isPrivate ? head.slice(0, -1) : head), isPrivate };
}

/** @param now milliseconds since 1970. @param freshMs a new answer would be fresh for: clocks of gateways may differ. */
export function adviceOf({ freshUntil, isPrivate }: Freshness, now: number, freshMs: number): KeepingAdvice {
  const restMs = Math.min(freshUntil - now, freshMs);
  return { maxAgeSeconds: Math.max(0, Math.floor(restMs / 1_000)), ...(isPrivate && { isPrivate }) };
}
