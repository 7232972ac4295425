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

type Path = readonly (string | number)[];

export interface PlacedError {
  readonly error: GraphQLError;
  /**
   * Where the gathered data lack something because of it, by their keys: at the error's path, or in every field that was
   * fetched of the entity that went with it. Undefined: anywhere that the fetch is about.
   */
  readonly lost: readonly Path[] | undefined;
}

/** An entity that stands at several places has its error at each of them, as if it had been fetched for each. */
export function clientErrors(
  errors: readonly SubgraphError[],
  fetch: FailedFetch,
  entities: unknown,
): PlacedError[] {
  let places: Map<Data, (string | number)[][]> | undefined;
  const placesOf = (isAsked: (target: number) => boolean): (string | number)[][] => {
    places ??= placesAt(fetch.root, fetch.step.path);
    const asked = new Set(fetch.targets.filter((_, index) => isAsked(index)));
    return [...asked].flatMap((target) => places?.get(target) ?? []);
  };
  let names: readonly string[] | undefined;
  const fieldsAt = (base: Path): readonly Path[] | undefined => {
    names ??= [...fetchedNames(fetch.step.query)];
    return names.length === 0 ? undefined : names.map((name) => dataPath([...base, name], fetch));
  };
  return errors.flatMap((error) => {
    const { path } = error;
    if (path === undefined || path === null)
      return [{ error: clientError(error, fetch, undefined), lost: undefined }];
    if (fetch.indexOf === undefined) {
      const bases = fetch.step.path.length === 0 ? [[]] : placesOf(() => true);
      return bases.map((base) => fieldError(error, fetch, [...base, ...path]));
    }
    const [, index, ...rest] = path;
    // About all entities at once, or about one that nobody asked for.
    const bases = typeof index === 'number' ? placesOf((target) => fetch.indexOf?.[target] === index) : [];
    if (bases.length === 0) return [{ error: clientError(error, fetch, undefined), lost: undefined }];
    const isLost = !Array.isArray(entities) || !entities[Number(index)];
    return bases.map((base): PlacedError => {
      const placed = fieldError(error, fetch, [...base, ...rest]);
      return isLost ? { ...placed, lost: fieldsAt(base) } : placed;
    });
  });
}

function fieldError(original: SubgraphError, fetch: FailedFetch, at: Path): PlacedError {
  const lost = dataPath(at, fetch);
  const path = lost.map((part) => (typeof part === 'string' ? fetch.responseName(part) : part));
  return { error: clientError(original, fetch, path), lost: [lost] };
}

/** @param path as the subgraph was asked. */
function dataPath(path: Path, { step }: FailedFetch): Path {
  return path.map((part) => (typeof part === 'string' ? (step.responseNames.get(part) ?? part) : part));
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
