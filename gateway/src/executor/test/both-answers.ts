/** Asks a federation and one schema over the same data the same thing. */
import { type ExecutionResult, Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { LaterAnswer, PendingPart } from '../deferred-answer.ts';
import { isolateOperation } from '../planning/operation.ts';
import { type OperationResult, prepareOperation, type RunOptions } from '../prepared-operation.ts';
import { type LoadedSupergraph, loadSupergraph } from '../supergraph/supergraph.ts';
import type { RandomOperation } from './random-operation.ts';
import { answerAlone, type Faults, type Federation, federate, place, type World } from './world.ts';

export interface Graph {
  readonly world: World;
  readonly federation: Federation;
  readonly supergraph: LoadedSupergraph;
}

export function graphOf(world: World): Graph {
  const federation = federate(world);
  return { world, federation, supergraph: loadSupergraph(federation.supergraphSdl) };
}

export async function federated(
  graph: Graph,
  operation: RandomOperation,
  faults: Faults,
  overrides: readonly string[] = [],
): Promise<ExecutionResult> {
  return JSON.parse(JSON.stringify(await run(graph, operation, faults, {}, overrides)));
}

export interface AnswerInParts {
  readonly first: ExecutionResult;
  readonly pending: readonly PendingPart[];
  readonly later: readonly LaterAnswer[];
}

/** As for a client that takes `@defer`. */
export async function federatedInParts(
  graph: Graph,
  operation: RandomOperation,
  faults: Faults,
): Promise<AnswerInParts> {
  const { deferred, ...first } = await run(graph, operation, faults, { inParts: true });
  // Before anything else is fetched: a client may have it at once.
  const sent = JSON.parse(JSON.stringify(first)) as ExecutionResult;
  const later: LaterAnswer[] = [];
  for await (const part of deferred?.parts() ?? []) later.push(JSON.parse(JSON.stringify(part)));
  return { first: sent, pending: deferred?.pending ?? [], later };
}

function run(
  { federation, supergraph }: Graph,
  { text, variables }: RandomOperation,
  faults: Faults,
  options: RunOptions,
  overrides: readonly string[] = [],
): Promise<OperationResult> {
  const document = parse(text);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const prepared = prepareOperation(isolateOperation(document, operation!), supergraph, undefined, overrides);
  return prepared.run(
    variables,
    (step, given) =>
      federation.source(step.subgraph, faults).fetch({
        query: step.query,
        operationName: step.operationName,
        kind: step.operationKind,
        variables: JSON.parse(JSON.stringify(given)),
        context: undefined,
        headers: undefined,
      }),
    options,
  );
}

export interface Comparable {
  readonly data: unknown;
  /** Where the answer has null because of errors: the path of each, up to the null. */
  readonly nulled: readonly string[];
}

/** What two right answers have in common. */
export function comparable({ data, errors }: ExecutionResult): Comparable {
  const places = (errors ?? []).map(({ path }) => {
    let at: unknown = data;
    const walked: unknown[] = [];
    for (const part of path ?? []) {
      if (at === null || at === undefined) break;
      at = (at as Record<string, unknown>)[String(part)];
      walked.push(part);
    }
    return `${walked.join('.')}${at === null || at === undefined ? '' : ', where there is something'}`;
  });
  return { data, nulled: [...new Set(places)].sort() };
}

export async function bothAnswers(
  graph: Graph,
  operation: RandomOperation,
  faults: Faults,
  overrides: readonly string[] = [],
): Promise<{ readonly federated: Comparable; readonly alone: Comparable }> {
  const { supergraph, world } = graph;
  const [ours, alone] = await Promise.all([
    federated(graph, operation, faults, overrides),
    answerAlone(world, supergraph.apiSchema, parse(operation.text), operation.variables, faults),
  ]);
  return { federated: comparable(ours), alone: comparable(alone) };
}

/** Fields that may fail: those that nothing else needs in order to be computed or found. */
export function fallible({ world, supergraph }: Graph): string[] {
  const required = [...supergraph.virtualFields.byName.values()].map(({ name }) => name);
  const needed = new Set([...supergraph.machineFields, ...required, ...world.keys, '__typename']);
  return world.rows.flatMap((row) =>
    Object.keys(row).flatMap((field) => (needed.has(field) ? [] : [place(row, field)])),
  );
}
