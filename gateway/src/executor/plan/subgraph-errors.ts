/** Errors of subgraphs as the client will see them: at the place in the answer that they are about. */
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import type { SubgraphError } from '../../data-source/data-source.ts';
import type { Data } from './data.ts';
import { fetchedNames } from './selection.ts';
import type { FetchStep } from './steps.ts';
import { placesAt } from './targets.ts';

/** Federation's code for an error that came without one. */
const UNCODED = 'DOWNSTREAM_SERVICE_ERROR';

export interface FailedFetch {
  readonly step: FetchStep;
  readonly root: Data;
  /** The objects that were asked about. */
  readonly targets: readonly Data[];
  /** For each of them the index of its representation; absent when none were sent. */
  readonly indexOf: Int32Array | undefined;
  /** The client's name for a key of the gathered data. */
  responseName(dataKey: string): string;
}

export type Path = readonly (string | number)[];

/** What the gathered data lack, by their keys. */
export interface Lost {
  readonly at: readonly Path[];
  /** Of the object at each of these places all that one fetch asked for. Absent: what would stand at the place itself. */
  readonly fields?: readonly string[];
}

export interface PlacedError {
  readonly error: GraphQLError;
  /** What was answered or thrown: the same where several fetches were sent as one. */
  readonly source: unknown;
  /** One fetch that says several things of one place means all of them. */
  readonly fetch: FailedFetch;
  /** Where the answer is null for it, or, of an error without a place and where no object came, all that the fetch was for. */
  lost(): Lost;
}

/**
 * An entity that stands at several places has its error at each of them, as if it had been fetched for each.
 * @param data of the same answer.
 */
export function clientErrors(
  errors: readonly SubgraphError[],
  fetch: FailedFetch,
  data: Data | null | undefined,
): PlacedError[] {
  let places: Map<Data, (string | number)[][]> | undefined;
  const placesOf = (isAsked: (target: number) => boolean): (string | number)[][] => {
    places ??= placesAt(fetch.root, fetch.step.path);
    const asked = new Set(fetch.targets.filter((_, index) => isAsked(index)));
    return [...asked].flatMap((target) => places?.get(target) ?? []);
  };
  let fields: readonly string[] | undefined;
  const allOf = (at: readonly Path[]): Lost => {
    fields ??= [...fetchedNames(fetch.step.query)].flatMap((name) => dataPath([name], fetch)) as string[];
    return { at: at.map((place) => dataPath(place, fetch)), fields };
  };
  /** @param answered for the object at `base`. @param rest from there. */
  const placed = (original: SubgraphError, base: Path, rest: Path, answered: unknown): PlacedError => {
    const keys = dataPath([...base, ...rest], fetch);
    const path = keys.map((part) => (typeof part === 'string' ? fetch.responseName(part) : part));
    const nullAt = lengthToNull(answered, rest);
    return {
      error: clientError(original, fetch, path),
      source: sourceOf(original),
      fetch,
      lost: () => (nullAt === 0 ? allOf([base]) : { at: [keys.slice(0, base.length + nullAt)] }),
    };
  };
  const unplaced = (original: SubgraphError): PlacedError => ({
    error: clientError(original, fetch, undefined),
    source: sourceOf(original),
    fetch,
    // Looked for only where it matters: whoever is away would have it done for every request.
    lost: () => allOf(placesOf((target) => fetch.indexOf?.[target] !== -1)),
  });
  return errors.flatMap((error) => {
    const { path } = error;
    if (path === undefined || path === null) return [unplaced(error)];
    if (fetch.indexOf === undefined) {
      const bases = fetch.step.path.length === 0 ? [[]] : placesOf(() => true);
      return bases.map((base) => placed(error, base, path, data));
    }
    const [, index, ...rest] = path;
    // About all entities at once, or about one that nobody asked for.
    const bases = typeof index === 'number' ? placesOf((target) => fetch.indexOf?.[target] === index) : [];
    if (bases.length === 0) return [unplaced(error)];
    const entities = data?._entities;
    const entity: unknown = Array.isArray(entities) ? entities[Number(index)] : undefined;
    return bases.map((base) => placed(error, base, rest, entity));
  });
}

/** How much of the path leads to a null: where a field that may not be null failed, what is around it is null. */
function lengthToNull(data: unknown, path: Path): number {
  let at = data;
  for (let length = 0; length < path.length; length++) {
    if (typeof at !== 'object' || at === null) return length;
    at = (at as Record<string | number, unknown>)[path[length] as string];
  }
  return path.length;
}

/** @param path as the subgraph was asked. */
function dataPath(path: Path, { step }: FailedFetch): Path {
  return path.map((part) => (typeof part === 'string' ? (step.responseNames.get(part) ?? part) : part));
}

function sourceOf(original: SubgraphError): unknown {
  return original instanceof GraphQLError ? (original.originalError ?? original) : original;
}

function clientError(original: SubgraphError, { step }: FailedFetch, path: Path | undefined): GraphQLError {
  const { extensions, message } = original;
  return new GraphQLError(message || `Error while fetching from subgraph "${step.subgraph}"`, {
    originalError: original as Error,
    path,
    extensions: { ...extensions, code: extensions?.code ?? UNCODED, serviceName: step.subgraph },
  });
}

/** For a data source that threw, and for answers that are none. */
export function fetchFailure(cause: unknown): SubgraphError {
  return isMarqueeError(cause)
    ? new GraphQLError(cause.publicMessage, { originalError: cause, extensions: { code: cause.code } })
    : new GraphQLError('The subgraph could not be asked.', {
        originalError: cause instanceof Error ? cause : undefined,
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      });
}

/** A subgraph said that it has nothing, and not why. */
export function silentAnswer(subgraph: string): SubgraphError {
  return fetchFailure(
    new MarqueeError('DEPENDENCY_UNAVAILABLE', `${subgraph} answered nothing, without an error`),
  );
}
