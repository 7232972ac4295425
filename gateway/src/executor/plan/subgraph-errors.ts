/** Errors of subgraphs as the client will see them: at the place in the answer that they are about. */
import { isMarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import type { SubgraphError } from '../../data-source/data-source.ts';
import type { Data } from './data.ts';
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

export interface PlacedError {
  readonly error: GraphQLError;
  /** More is missing than the field at the error's path: the entity it belongs to, or all of the fetch. */
  readonly costsMore: boolean;
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
  return errors.flatMap((error) => {
    const { path } = error;
    if (path === undefined || path === null) return [clientError(error, fetch, undefined, true)];
    if (fetch.indexOf === undefined) {
      const bases = fetch.step.path.length === 0 ? [[]] : placesOf(() => true);
      return bases.map((base) => clientError(error, fetch, [...base, ...path], false));
    }
    const [, index, ...rest] = path;
    // About all entities at once, or about one that nobody asked for.
    const bases = typeof index === 'number' ? placesOf((target) => fetch.indexOf?.[target] === index) : [];
    if (bases.length === 0) return [clientError(error, fetch, undefined, true)];
    const isLost = !Array.isArray(entities) || !entities[Number(index)];
    return bases.map((base) => clientError(error, fetch, [...base, ...rest], isLost));
  });
}

function clientError(
  original: SubgraphError,
  { step, responseName }: FailedFetch,
  path: readonly (string | number)[] | undefined,
  costsMore: boolean,
): PlacedError {
  const { extensions, message } = original;
  const error = new GraphQLError(message || `Error while fetching from subgraph "${step.subgraph}"`, {
    originalError: original as Error,
    path: path?.map((part) =>
      typeof part === 'string' ? responseName(step.responseNames.get(part) ?? part) : part,
    ),
    extensions: { ...extensions, code: extensions?.code ?? UNCODED, serviceName: step.subgraph },
  });
  return { error, costsMore };
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
