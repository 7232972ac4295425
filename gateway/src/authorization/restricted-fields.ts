/** Where an operation asks for fields that not everybody may read. Worked out once per operation. Pure. */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { AccessRules } from './access-rules.ts';
import type { Clause } from './clause.ts';

/** More places of one operation are not told; they are filtered all the same. */
const MAX_PLACES = 100;

export interface RestrictedField {
  readonly clauses: readonly Clause[];
  /** Response names from the root, `@` for the items of a list: `["products", "@", "amount"]`. */
  readonly path: readonly string[];
  /** On the way there: whether it is asked for at all may depend on variables. */
  readonly conditions: readonly DirectiveNode[];
}

export interface RestrictedFields {
  /** Every condition that some field of the operation has. */
  readonly clauses: readonly Clause[];
  readonly places: readonly RestrictedField[];
}

/** @param document valid over the schema. */
export function restrictedFields(
  schema: GraphQLSchema,
  rules: AccessRules,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RestrictedFields {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const clauses = new Map<string, Clause>();
  const places: RestrictedField[] = [];
  /** Names of fragments with nothing restricted in them: most, and none is walked twice for nothing. */
  const open = new Set<string>();

  interface Place {
    readonly path: readonly string[];
    readonly conditions: readonly DirectiveNode[];
  }

  /** @returns whether anything below is restricted. */
  function walk(type: GraphQLCompositeType, set: SelectionSetNode, at: Place): boolean {
    let found = false;
    for (const selection of set.selections) {
      const conditions = [...at.conditions, ...(selection.directives ?? [])];
      if (selection.kind === Kind.FIELD) {
        if (walkField(type, selection, { ...at, conditions })) found = true;
        continue;
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined;
      if (name !== undefined && open.has(name)) continue;
      const fragment = name === undefined ? undefined : fragments.get(name);
      const inside = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragment;
      if (inside === undefined) continue;
      const condition = inside.typeCondition?.name.value;
      const narrowed = condition === undefined ? type : schema.getType(condition);
      if (!isCompositeType(narrowed)) continue;
      const foundInside = walk(narrowed, inside.selectionSet, { ...at, conditions });
      if (foundInside) found = true;
      else if (name !== undefined) open.add(name);
    }
    return found;
  }

  function walkField(type: GraphQLCompositeType, field: FieldNode, at: Place): boolean {
    const definition = 'getFields' in type ? type.getFields()[field.name.value] : undefined;
    if (definition === undefined) return false;
    const path = [...at.path, (field.alias ?? field.name).value];
    const rule = rules.ruleFor(type.name, field.name.value);
    for (const clause of rule) clauses.set(clause.key, clause);
    if (rule.length > 0 && places.length < MAX_PLACES) {
      places.push({ clauses: rule, path, conditions: at.conditions });
    }
    const below = getNamedType(definition.type);
    if (field.selectionSet === undefined || !isCompositeType(below)) return rule.length > 0;
    const deeper = { path: [...path, ...itemsOf(definition.type)], conditions: at.conditions };
    return walk(below, field.selectionSet, deeper) || rule.length > 0;
  }

  const root = schema.getRootType(operation.operation);
  if (root) walk(root, operation.selectionSet, { path: [], conditions: [] });
  return { clauses: [...clauses.values()], places };
}

function itemsOf(type: GraphQLOutputType): string[] {
  if (isNonNullType(type)) return itemsOf(type.ofType);
  return isListType(type) ? ['@', ...itemsOf(type.ofType)] : [];
}
