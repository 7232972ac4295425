/**
 * The planner lets a subgraph have one representation for all fields it is asked for, with everything any of them
 * requires. Where a requirement was fetched for some of the entities only, because a client asked for the field on
 * one type of several, the others would not be asked about at all. For them there is a second fetch: the fields
 * that require nothing, by key.
 */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { type FieldNode, print, stripIgnoredCharacters } from 'graphql';
import type { Requirements } from '../supergraph/requirements.ts';
import { forEachEntityField, withEntityFields } from './entity-fields.ts';
import type { FetchPart } from './required-arguments.ts';
import { operationOf } from './selection.ts';

/** @returns undefined where no field requires anything, or all do. */
export function unrequiring(
  part: FetchPart,
  subgraph: string,
  requirements: Requirements,
): FetchPart | undefined {
  if (part.requires === undefined) return undefined;
  const operation = operationOf(part.operation);
  const free = new Set<FieldNode>();
  let all = 0;
  forEachEntityField(operation, (field, type) => {
    all++;
    const { value: name } = field.name;
    if (name !== '__typename' && !requirements.requiresOthers(subgraph, type, name)) free.add(field);
  });
  if (free.size === 0 || free.size === all) return undefined;
  const reduced = withEntityFields(operation, (field) => free.has(field));
  const used = new Set(reduced.variableDefinitions?.map(({ variable }) => variable.name.value));
  return {
    operation: stripIgnoredCharacters(print(reduced)),
    requires: keysOf(part.requires, (name) => requirements.isKeyField(subgraph, name)),
    variableNames: part.variableNames.filter((name) => used.has(name)),
  };
}

function keysOf(
  selections: readonly QueryPlanSelectionNode[],
  isKey: (name: string) => boolean,
): QueryPlanSelectionNode[] {
  return selections.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'Field') return node.name === '__typename' || isKey(node.name) ? [node] : [];
    const below = keysOf(node.selections, isKey);
    // A type's name alone finds nothing.
    const hasKey = below.some((each) => each.kind !== 'Field' || each.name !== '__typename');
    return hasKey ? [{ ...node, selections: below }] : [];
  });
}
