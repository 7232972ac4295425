/**
 * Takes the fields out of an operation that its sender may not read, before it is planned: no subgraph is asked for
 * them, and whatever subgraph only they needed is not asked at all.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { TYPENAME } from './conditions.ts';

export interface DeniedFields {
  /** Names the set: requests that are denied the same share their plans. Not empty. */
  readonly key: string;
  /** @param type object or interface. */
  isDenied(type: string, field: string): boolean;
}

/** Where nothing is left of a selection set, `__typename` keeps its place: what is around it is still asked for. */
export function withoutDeniedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  denied: DeniedFields,
): DocumentNode {
  const gone = new Set(deniedNodes(document, schema, denied));
  if (gone.size === 0) return document;
  return visit(document, {
    Field: { enter: (field) => (gone.has(field) ? null : undefined) },
    SelectionSet: {
      leave: (set): SelectionSetNode | undefined =>
        set.selections.length === 0 ? { ...set, selections: [TYPENAME] } : undefined,
    },
  });
}

/** The denied selections of a document, as nodes of that document. */
export function deniedNodes(
  document: DocumentNode,
  schema: GraphQLSchema,
  denied: DeniedFields,
): readonly FieldNode[] {
  const found: FieldNode[] = [];
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.FIELD]: (field: FieldNode) => {
        const parent = types.getParentType();
        if (parent && denied.isDenied(parent.name, field.name.value)) found.push(field);
      },
    }),
  );
  return found;
}
