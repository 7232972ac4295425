/**
 * Root fields that no fetch of a plan asks for. The planner leaves a field out without a word where the subgraph that
 * has it knows no object that it could be, e.g. an interface without implementations: a null of which nobody says
 * anything would look like an answer.
 */
import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import { operationOf } from './selection.ts';

/**
 * @param document one operation, with the response names that it was planned with.
 * @returns response names. @throws GraphQLError where there is nothing else to answer.
 */
export function unanswerableRoots(plan: QueryPlan, document: DocumentNode): readonly string[] {
  const asked = new Set<string>();
  collectAsked(plan.node, asked);
  const missing = rootFields(document).filter((name) => !asked.has(name));
  if (missing.length > 0 && asked.size === 0) {
    throw new GraphQLError(unanswerable(missing), {
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    });
  }
  return missing;
}

/** @param names as the client knows them. */
export function unanswerableErrors(names: readonly string[]): GraphQLError[] {
  return names.map(
    (name) =>
      new GraphQLError(unanswerable([name]), {
        path: [name],
        extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
      }),
  );
}

function unanswerable(names: readonly string[]): string {
  return `No subgraph can answer ${names.join(', ')}.`;
}

function collectAsked(node: QueryPlan['node'] | PlanNode, into: Set<string>): void {
  switch (node?.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) collectAsked(child, into);
      return;
    case 'Condition':
      collectAsked(node.ifClause, into);
      collectAsked(node.elseClause, into);
      return;
    case 'Subscription':
      collectAsked(node.primary, into);
      return;
    case 'Defer':
      collectAsked(node.primary.node, into);
      for (const { node: later } of node.deferred) collectAsked(later, into);
      return;
    case 'Flatten':
      // What a deferred fragment asks of the root stands at an empty path.
      if (node.path.length === 0) collectAsked(node.node, into);
      return;
    case 'Fetch':
      // Fetches of entities stand below a path.
      eachField(operationOf(node.operation).selectionSet, new Map(), (name) => into.add(name));
  }
}

function rootFields(document: DocumentNode): readonly string[] {
  const fragments = new Map<string, SelectionSetNode>();
  const names = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet);
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    eachField(definition.selectionSet, fragments, (responseName, name) => {
      if (!name.startsWith('__')) names.add(responseName);
    });
  }
  return [...names];
}

function eachField(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, SelectionSetNode>,
  act: (responseName: string, name: string) => void,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      act((selection.alias ?? selection.name).value, selection.name.value);
      continue;
    }
    const set =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value);
    if (set !== undefined) eachField(set, fragments, act);
  }
}
