/** What one revision of the registry changed, in words: which one to go back to is chosen by them. */
import { isDeepStrictEqual } from 'node:util';
import { dayOf } from '../revisions/instant.ts';
import type { RegisteredOperation, RegistryState } from './operation-registry.ts';

/** Names that are told of one kind of change; of the others the number. */
const MAX_NAMES = 3;

type End = 'deprecation' | 'retirement';
/** Of one operation: what was registered before, and since. */
type Pair = readonly [RegisteredOperation | undefined, RegisteredOperation];

/** @returns nothing where both are the same. E.g. `['published 12 for web 1.4 on 2026-12-31, 2 new', 'retired Titles on 2026-12-31']`. */
export function registryDifferences(before: RegistryState, after: RegistryState): readonly string[] {
  const old = new Map(before.map((operation) => [operation.id, operation]));
  const kept = new Set(after.map(({ id }) => id));
  const pairs = after.map((operation): Pair => [old.get(operation.id), operation]);
  const begun = (key: End) =>
    pairs.filter(([was, now]) => now[key] !== undefined && !isDeepStrictEqual(was?.[key], now[key]));
  const lifted = (key: End) =>
    pairs.filter(([was, now]) => was?.[key] !== undefined && now[key] === undefined);
  return [
    ...publications(pairs),
    ...named('deprecated', begun('deprecation'), 'deprecation'),
    ...named('not deprecated any more', lifted('deprecation')),
    ...named('retired', begun('retirement'), 'retirement'),
    ...named('not retired any more', lifted('retirement')),
    ...named(
      'without',
      before.filter(({ id }) => !kept.has(id)).map((operation) => [undefined, operation]),
    ),
  ];
}

/** By client and version: what was published with them, again or for the first time. */
function publications(pairs: readonly Pair[]): readonly string[] {
  const counts = new Map<string, { all: number; first: number }>();
  for (const [was, now] of pairs) {
    for (const publication of now.publications) {
      if (was?.publications.some((each) => isDeepStrictEqual(each, publication))) continue;
      const by = `${publication.client} ${publication.version} on ${dayOf(publication.at)}`;
      const { all, first } = counts.get(by) ?? { all: 0, first: 0 };
      counts.set(by, { all: all + 1, first: first + (was === undefined ? 1 : 0) });
    }
  }
  return [...counts].map(([by, { all, first }]) => `published ${all} for ${by}, ${first} new`);
}

function named(what: string, pairs: readonly Pair[], dated?: End): readonly string[] {
  if (pairs.length === 0) return [];
  const names = pairs.slice(0, MAX_NAMES).map(([, { id, name }]) => name ?? id.slice(0, 12));
  const more = pairs.length - names.length;
  const at = dated && ` on ${dayOf(Math.max(...pairs.map(([, operation]) => operation[dated]?.at ?? 0)))}`;
  return [`${what} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}${at ?? ''}`];
}
