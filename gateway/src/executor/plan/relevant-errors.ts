/**
 * What of subgraphs' errors a client is told. Plans fetch a little more than clients ask for, e.g. a field for all objects of an
 * interface that the client asked of one type only. An error there is about nothing in the answer. Errors of fields that
 * federation itself needs are kept: they are why something else is missing. So are errors that took something else of
 * their entity with them. And what several subgraphs are asked for fails several times, of which a client is told one:
 * "only one error should be added to the errors list per field" (GraphQL specification, Handling Field Errors).
 */
import type { GraphQLError } from 'graphql';
import type { Lost, Path, PlacedError } from './subgraph-errors.ts';

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
  const told = new Map<unknown, PlacedError>();
  return errors.flatMap((placed) => {
    const { error } = placed;
    if (error.path !== undefined && !isRelevant(placed, data, keys)) return [];
    const what = error.path === undefined ? placed.source : placeOf(error.path, placed.lost());
    const before = told.get(what);
    if (before === undefined) told.set(what, placed);
    return before === undefined || (error.path !== undefined && before.fetch === placed.fetch) ? [error] : [];
  });
}

/** Two subgraphs that do not find an entity say so at one place, and each of them of fields of its own. */
function placeOf(path: Path, { at, fields = [] }: Lost): string {
  return JSON.stringify([path, ...(at.some(({ length }) => length === path.length) ? fields : [])]);
}

function isRelevant(placed: PlacedError, data: unknown, keys: KeyMeanings): boolean {
  const { at, fields } = placed.lost();
  // An entity of which nothing was asked but its type.
  if (fields === undefined || fields.length === 0) return at.some((path) => isAbout(path, data, keys));
  return at.some((path) => fields.some((field) => isAbout([...path, field], data, keys)));
}

function isAbout(path: Path, data: unknown, keys: KeyMeanings): boolean {
  let at = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return true;
    const name = typeof part === 'string' ? keys.responseName(part) : part;
    if (!Object.hasOwn(at, name)) return keys.isNeeded(String(part));
    at = (at as Record<string | number, unknown>)[name];
  }
  return true;
}
