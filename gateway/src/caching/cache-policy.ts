/**
 * For how long and for whom a whole answer may be kept: the strictest of all that is asked for. Root fields, and fields
 * that lead to objects, are worth nothing unless somebody says so; other fields are worth what they are in. From the
 * document alone, so that it is computed once. Pure.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { CacheHint } from './cache-hints.ts';

export interface CachePolicy {
  /** 0: must not be kept. */
  readonly maxAgeSeconds: number;
  /** PRIVATE: by whom it was made for alone. */
  readonly scope: 'PUBLIC' | 'PRIVATE';
}

export const NOT_KEPT: CachePolicy = { maxAgeSeconds: 0, scope: 'PRIVATE' };

export interface HintedSchema {
  readonly schema: GraphQLSchema;
  readonly hints: ReadonlyMap<string, CacheHint>;
}

/** @param document valid over the schema. */
export function cachePolicyOf(
  { schema, hints }: HintedSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CachePolicy {
  const root = schema.getQueryType();
  if (hints.size === 0 || operation.operation !== 'query' || !root) return NOT_KEPT;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let maxAgeSeconds = Number.POSITIVE_INFINITY;
  let scope: CachePolicy['scope'] = 'PUBLIC';
  const visited = new Set<SelectionSetNode>();

  function restrict(hint: CacheHint | undefined): void {
    if (hint?.maxAgeSeconds !== undefined) maxAgeSeconds = Math.min(maxAgeSeconds, hint.maxAgeSeconds);
    if (hint?.scope === 'PRIVATE') scope = 'PRIVATE';
  }

  function visit({ selections }: SelectionSetNode, parent: GraphQLCompositeType): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        visitField(selection, parent);
        continue;
      }
      const inside =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (inside === undefined || visited.has(inside.selectionSet)) continue;
      visited.add(inside.selectionSet);
      const narrowed = inside.typeCondition && schema.getType(inside.typeCondition.name.value);
      visit(inside.selectionSet, isCompositeType(narrowed) ? narrowed : parent);
    }
  }

  function visitField(field: FieldNode, parent: GraphQLCompositeType): void {
    const name = field.name.value;
    if (name === '__typename') return;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    // Introspection: nobody says how long a schema lives.
    if (definition === undefined) {
      maxAgeSeconds = 0;
      return;
    }
    const type = getNamedType(definition.type);
    const own = hints.get(`${parent.name}.${name}`);
    const ofType = isCompositeType(type) ? hints.get(type.name) : undefined;
    // What is said of a field counts more than what is said of its type.
    const hint: CacheHint = { ...ofType, ...own };
    restrict(hint);
    const inherits = hint.inherit === true || (!isCompositeType(type) && parent !== root);
    if (hint.maxAgeSeconds === undefined && !inherits) maxAgeSeconds = 0;
    // Behind an interface or union stands any of its types.
    if (isAbstractType(parent)) {
      for (const possible of schema.getPossibleTypes(parent)) restrict(hints.get(`${possible.name}.${name}`));
    }
    if (isAbstractType(type)) {
      for (const possible of schema.getPossibleTypes(type)) restrict(hints.get(possible.name));
    }
    if (field.selectionSet !== undefined && isCompositeType(type)) visit(field.selectionSet, type);
  }

  visit(operation.selectionSet, root);
  return Number.isFinite(maxAgeSeconds) && maxAgeSeconds > 0 ? { maxAgeSeconds, scope } : NOT_KEPT;
}
