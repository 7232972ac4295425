/**
 * Deferred parts that the query planner loses its way in: of what several subgraphs know as one object. It looks for a
 * way between those subgraphs for each part and each combination of parts, which may take seconds where the
 * whole answer is planned in some milliseconds. A server need not defer anything. Pure.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { deferredLabel } from './deferred-fragments.ts';

/**
 * @param document with its deferred fragments written out, as inline fragments.
 * @param shared interfaces and objects that several subgraphs know as one object.
 * @returns whether a deferred fragment selects something of any of these.
 */
export function defersInterfaceObjects(
  document: DocumentNode,
  schema: GraphQLSchema,
  shared: ReadonlySet<string>,
): boolean {
  if (shared.size === 0) return false;
  let found = false;
  let around = 0;
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.INLINE_FRAGMENT]: {
        enter(fragment: InlineFragmentNode) {
          if (deferredLabel(fragment) !== undefined) around++;
        },
        leave(fragment: InlineFragmentNode) {
          if (deferredLabel(fragment) !== undefined) around--;
        },
      },
      [Kind.FIELD](_field: FieldNode) {
        const type = types.getParentType();
        if (around > 0 && type && shared.has(type.name)) found = true;
      },
    }),
  );
  return found;
}
