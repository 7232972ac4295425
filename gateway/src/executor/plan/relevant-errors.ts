/**
 * Plans fetch a little more than clients ask for, e.g. a field for all objects of an interface that the client asked
 * of one type only. An error there is about nothing in the answer. Errors of fields that federation itself needs
 * are kept: they are why something else is missing. So are errors that took something else of their entity with them.
 */
import type { GraphQLError } from 'graphql';
import type { PlacedError } from './subgraph-errors.ts';

/** @param data the answer. @param isNeeded by keys or requirements, by name. */
export function relevantErrors(
  errors: readonly PlacedError[],
  data: unknown,
  isNeeded: (name: string) => boolean,
): GraphQLError[] {
  return errors.flatMap(({ error, lost }) =>
    lost === undefined || lost.some((path) => isAbout(path, data, isNeeded)) ? [error] : [],
  );
}

function isAbout(
  path: readonly (string | number)[],
  data: unknown,
  isNeeded: (name: string) => boolean,
): boolean {
  let at = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return true;
    if (!Object.hasOwn(at, part)) return isNeeded(String(part));
    at = (at as Record<string | number, unknown>)[part];
  }
  return true;
}
