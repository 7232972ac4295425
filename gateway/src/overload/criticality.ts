/**
 * What goes first when not everything can: what viewers have done and the page they wait for, before browsing,
 * before what is only fetched ahead. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { BROWSE, CRITICAL, type Criticality, PREFETCH } from './waiting-line.ts';

/** Criticality per operation name of a document; the only or first operation also under the empty name. */
export type OperationCriticalities = ReadonlyMap<string, Criticality>;

/** @param criticalFields root fields of queries that are critical. Mutations always are. */
export function operationCriticalities(
  document: DocumentNode,
  criticalFields: ReadonlySet<string>,
): OperationCriticalities {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const found = new Map<string, Criticality>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const critical =
      definition.operation === 'mutation' ||
      selects(definition.selectionSet, criticalFields, fragments, new Set());
    const criticality = critical ? CRITICAL : BROWSE;
    if (!found.has('')) found.set('', criticality);
    if (definition.name !== undefined) found.set(definition.name.value, criticality);
  }
  return found;
}

/** Browsers and clients say so of what nobody waits for yet (https://www.w3.org/TR/resource-hints). */
export function isPrefetch(headers: IncomingHttpHeaders): boolean {
  return [headers['sec-purpose'], headers.purpose].some(
    (purpose) => typeof purpose === 'string' && purpose.toLowerCase().startsWith('prefetch'),
  );
}

/** @param operationName as the client sent it; empty for the only one. */
export function criticalityOf(
  operations: OperationCriticalities | undefined,
  operationName: string,
  headers: IncomingHttpHeaders,
): Criticality {
  if (isPrefetch(headers)) return PREFETCH;
  return operations?.get(operationName) ?? operations?.get('') ?? BROWSE;
}

function selects(
  { selections }: SelectionSetNode,
  fields: ReadonlySet<string>,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return fields.has(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return selects(selection.selectionSet, fields, fragments, seen);
    const { value: name } = selection.name;
    const fragment = fragments.get(name);
    if (fragment === undefined || seen.has(name)) return false;
    seen.add(name);
    return selects(fragment.selectionSet, fields, fragments, seen);
  });
}
