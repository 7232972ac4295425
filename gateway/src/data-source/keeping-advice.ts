/** What the headers of a subgraph's answer say about keeping it (RFC 9111, section 5.2.2). Pure. */
import { CHANGED_HEADER } from '@marquee/service-kit/subgraph';
import type { KeepingAdvice } from './data-source.ts';

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A directive that is not understood is not one; a value that is none means: not at all. */
export function keepingAdvice(headers: ResponseHeaders): KeepingAdvice {
  const changedNothing = headers[CHANGED_HEADER] === 'nothing';
  const advice: { -readonly [K in keyof KeepingAdvice]: KeepingAdvice[K] } = changedNothing
    ? { changedNothing }
    : {};
  const given = headers['cache-control'];
  if (given === undefined) return advice;
  let shared: number | undefined;
  for (const directive of String(given).toLowerCase().split(',')) {
    const [name = '', value = ''] = directive.split('=').map((part) => part.trim());
    if (name === 'no-store' || name === 'no-cache') advice.doNotKeep = true;
    else if (name === 'private') advice.isPrivate = true;
    else if (name === 'max-age') advice.maxAgeSeconds = secondsOf(value);
    else if (name === 's-maxage') shared = secondsOf(value);
  }
  // The gateway is a shared cache.
  if (shared !== undefined) advice.maxAgeSeconds = shared;
  const age = headers.age === undefined ? 0 : secondsOf(String(headers.age));
  if (advice.maxAgeSeconds !== undefined) advice.maxAgeSeconds = Math.max(0, advice.maxAgeSeconds - age);
  return advice;
}

function secondsOf(text: string): number {
  const digits = text.replace(/^"(.*)"$/, '$1');
  return /^\d{1,9}$/.test(digits) ? Number(digits) : 0;
}
