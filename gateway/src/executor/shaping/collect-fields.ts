/** Which fields of which name an object of a type has in an answer: CollectFields of the GraphQL specification. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  isUnionType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from '../planning/conditions.ts';

export interface CollectContext {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Values of the variables that `@skip` and `@include` use. */
  readonly conditions: Readonly<Record<string, unknown>>;
  /** Name of a fragment that is delivered by itself. Default: none is. */
  readonly deferredLabel?: ((fragment: InlineFragmentNode) => string | undefined) | undefined;
}

/** What an object has besides its fields, to be delivered later. */
export interface DeferredSelection {
  readonly label: string;
  readonly selectionSet: SelectionSetNode;
}

/**
 * Fields by response name, in the order in which the document first names them.
 * @param deferred is given the fragments that are left out because they are delivered by themselves.
 */
export function collectFields(
  context: CollectContext,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  deferred: DeferredSelection[] = [],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  for (const set of sets) collect(context, type, set, fields, seen, deferred);
  return fields;
}

function collect(
  context: CollectContext,
  type: GraphQLCompositeType,
  set: SelectionSetNode,
  fields: Map<string, FieldNode[]>,
  seen: Set<string>,
  deferred: DeferredSelection[],
): void {
  for (const selection of set.selections) {
    if (!isIncluded(selection.directives, context.conditions)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      const known = fields.get(name);
      if (known === undefined) fields.set(name, [selection]);
      else known.push(selection);
      continue;
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      if (condition !== undefined && !applies(context.schema, condition, type)) continue;
      const label = context.deferredLabel?.(selection);
      if (label !== undefined) deferred.push({ label, selectionSet: selection.selectionSet });
      else collect(context, type, selection.selectionSet, fields, seen, deferred);
      continue;
    }
    const { value: name } = selection.name;
    const fragment = context.fragments.get(name);
    if (fragment === undefined || seen.has(name)) continue;
    seen.add(name);
    if (applies(context.schema, fragment.typeCondition.name.value, type)) {
      collect(context, type, fragment.selectionSet, fields, seen, deferred);
    }
  }
}

/** True where objects of different types would have different fields now, or say their type. */
export function dependsOnType(
  context: CollectContext,
  type: GraphQLAbstractType,
  sets: readonly SelectionSetNode[],
): boolean {
  const common = collectFields(context, type, sets);
  if ([...common.values()].some(([field]) => field?.name.value === '__typename')) return true;
  // What all of them have, each of them has: only more can be different.
  return context.schema.getPossibleTypes(type).some((possible) => {
    const fields = collectFields(context, possible, sets);
    return [...fields].some(([name, nodes]) => nodes.length !== common.get(name)?.length);
  });
}

/** All that an object may have later whose type is not known yet, and of which types it has it. */
export function deferredOfAnyType(
  context: CollectContext,
  type: GraphQLAbstractType,
  sets: readonly SelectionSetNode[],
): Map<string, { readonly selectionSet: SelectionSetNode; readonly types: Set<string> }> {
  const found = new Map<string, { readonly selectionSet: SelectionSetNode; readonly types: Set<string> }>();
  for (const possible of context.schema.getPossibleTypes(type)) {
    const deferred: DeferredSelection[] = [];
    collectFields(context, possible, sets, deferred);
    for (const { label, selectionSet } of deferred) {
      const known = found.get(label) ?? { selectionSet, types: new Set() };
      found.set(label, known);
      known.types.add(possible.name);
    }
  }
  return found;
}

function applies(schema: GraphQLSchema, condition: string, type: GraphQLCompositeType): boolean {
  if (condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && !isUnionType(type) && schema.isSubType(abstract, type);
}
