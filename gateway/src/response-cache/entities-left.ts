/**
 * What is left to fetch of a list of entities when others of them are known: some are asked for, and stand in the answer,
 * and in its errors, where they would stand had all been asked for.
 */
import { MarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import type { SubgraphError, SubgraphResult } from '../data-source/data-source.ts';
import type { Data } from '../executor/plan/data.ts';
import type { FetchStep } from '../executor/plan/steps.ts';
import type { Send } from '../executor/plan/wave.ts';

export interface EntityFetch {
  readonly step: FetchStep;
  readonly variables: Data;
  /** All representations. */
  readonly asked: readonly Data[];
  /** An answer for each of them; those that are known are there. */
  readonly answers: unknown[];
}

/**
 * Puts what it is answered into `answers`.
 * @param open places in `asked`. @param before errors that have been told of others.
 * @throws MarqueeError DEPENDENCY_UNAVAILABLE for an answer about another number of entities; whatever `send` throws.
 */
export async function fetchLeft(
  { step, variables, asked, answers }: EntityFetch,
  open: readonly number[],
  send: Send,
  before: SubgraphResult['errors'] = [],
): Promise<SubgraphResult> {
  const isAll = open.length === asked.length;
  const representations = isAll ? asked : open.map((i) => asked[i] as Data);
  const result = await send(step, { ...variables, representations });
  const entities = result.data?._entities;
  if (Array.isArray(entities)) {
    if (entities.length !== open.length) {
      throw new MarqueeError(
        'DEPENDENCY_UNAVAILABLE',
        `${step.subgraph} answered for ${entities.length} entities, not ${open.length}`,
      );
    }
    for (const [at, i] of open.entries()) answers[i] = entities[at] as unknown;
  }
  if (isAll) return result;
  const errors = [...(before ?? []), ...(result.errors ?? []).map((error) => moved(error, open))];
  return {
    data: entitiesOf(answers),
    ...(errors.length === 0 ? {} : { errors }),
    ...(result.keeping === undefined ? {} : { keeping: result.keeping }),
  };
}

export function entitiesOf(answers: readonly unknown[]): Data {
  return { _entities: Array.from(answers, (answer) => answer ?? null) };
}

/** The subgraph was asked for some of the entities, and counts those. */
function moved(error: SubgraphError, open: readonly number[]): SubgraphError {
  const [root, index, ...rest] = error.path ?? [];
  if (root === undefined || typeof index !== 'number') return error;
  const path = [root, open[index] ?? index, ...rest];
  if (!(error instanceof GraphQLError)) return { ...error, path };
  const { message, originalError, extensions } = error;
  return new GraphQLError(message, { path, originalError, extensions });
}
