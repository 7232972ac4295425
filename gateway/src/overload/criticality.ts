/**
 * What goes first when not everything can: what viewers have done and the page they wait for, before browsing,
 * before what is only fetched ahead. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { BROWSE, CRITICAL, type Criticality, PREFETCH } from './waiting-line.ts';

export interface OperationWorth {
  readonly criticality: Criticality;
  /** Its answer may wait for what it has written to be seen, and waiting is no work. */
  readonly isMutation: boolean;
}

/** Per operation name of a document; the only or first operation also under the empty name. */
export type OperationCriticalities = ReadonlyMap<string, OperationWorth>;

const UNREADABLE: OperationWorth = { criticality: BROWSE, isMutation: false };

/** @param criticalFields root fields of queries that are critical. Mutations always are. */
export function operationCriticalities(
  document: DocumentNode,
  criticalFields: ReadonlySet<string>,
): OperationCriticalities {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const found = new Map<string, OperationWorth>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const isMutation = definition.operation === 'mutation';
    const critical = isMutation || selects(definition.selectionSet, criticalFields, fragments, new Set());
    const worth: OperationWorth = { criticality: critical ? CRITICAL : BROWSE, isMutation };
    if (!found.has('')) found.set('', worth);
    if (definition.name !== undefined) found.set(definition.name.value, worth);
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
export function worthOf(
  operations: OperationCriticalities | undefined,
  operationName: string,
  headers: IncomingHttpHeaders,
): OperationWorth {
  const worth = operations?.get(operationName) ?? operations?.get('') ?? UNREADABLE;
  return isPrefetch(headers) ? { ...worth, criticality: PREFETCH } : worth;
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
