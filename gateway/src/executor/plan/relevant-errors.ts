/**
 * Plans fetch a little more than clients ask for, e.g. a field for all objects of an interface that the client asked
 * of one type only. An error there is about nothing in the answer. Errors of fields that federation itself needs
 * are kept: they are why something else is missing. So are errors that took something else of their entity with them.
 */
import type { GraphQLError } from 'graphql';
import type { PlacedError } from './subgraph-errors.ts';

/** What keys of the gathered data are to others. */
export interface KeyMeanings {
  /** The client's name for it. */
  responseName(dataKey: string): string;
  /** By keys or requirements. A client's alias that is called like one of those has another key, and is not. */
  isNeeded(dataKey: string): boolean;
}

/** @param data the answer. */
export function relevantErrors(
  errors: readonly PlacedError[],
  data: unknown,
  keys: KeyMeanings,
): GraphQLError[] {
  return errors.flatMap(({ error, lost }) =>
    lost === undefined || lost.some((path) => isAbout(path, data, keys)) ? [error] : [],
  );
}

function isAbout(path: readonly (string | number)[], data: unknown, keys: KeyMeanings): boolean {
  let at = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return true;
    const name = typeof part === 'string' ? keys.responseName(part) : part;
    if (!Object.hasOwn(at, name)) return keys.isNeeded(String(part));
    at = (at as Record<string | number, unknown>)[name];
  }
  return true;
}
