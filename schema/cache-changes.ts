/** How long answers may be kept (`@cacheControl`), from one supergraph to the next: who is told longer may show what is older. */
import { type CacheHint, readCacheHints } from '../gateway/src/caching/cache-hints.ts';

export interface CacheChange {
  readonly criticality: 'dangerous' | 'safe';
  readonly kind: 'KEPT_LONGER' | 'KEPT_SHORTER';
  readonly description: string;
  /** `Type` or `Type.field`. */
  readonly coordinate: string;
}

/** @param before and @param after texts of supergraphs. */
export function findCacheChanges(before: string, after: string): readonly CacheChange[] {
  const [was, is] = [readCacheHints(before), readCacheHints(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((coordinate): CacheChange[] => {
    const [old, now] = [words(was.get(coordinate)), words(is.get(coordinate))];
    if (old === now) return [];
    const description = `${coordinate} is kept ${now}, not ${old}.`;
    return isLonger(was.get(coordinate), is.get(coordinate))
      ? [{ criticality: 'dangerous', kind: 'KEPT_LONGER', description, coordinate }]
      : [{ criticality: 'safe', kind: 'KEPT_SHORTER', description, coordinate }];
  });
}

function isLonger(before: CacheHint | undefined, after: CacheHint | undefined): boolean {
  if (after === undefined) return false;
  if (before?.scope === 'PRIVATE' && after.scope !== 'PRIVATE') return true;
  if (after.inherit && !before?.inherit) return true;
  return (after.maxAgeSeconds ?? 0) > (before?.maxAgeSeconds ?? 0);
}

function words(hint: CacheHint | undefined): string {
  if (hint === undefined) return 'as by default';
  const { maxAgeSeconds, scope, inherit } = hint;
  const age = inherit ? 'as long as what it is in' : `for ${maxAgeSeconds ?? 0} s`;
  return scope === 'PRIVATE' ? `${age} for one viewer` : age;
}
