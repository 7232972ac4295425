/**
 * Fields of an interface that are of a narrower type in some of its objects: an animal's friend is an animal, a dog's is a
 * cat. Where nothing that is selected below the field can be of the narrower type, the query planner leaves the field
 * out for those objects, and an object with nothing in it would come as null. Such a selection is given the type name. Pure.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { TYPENAME } from './conditions.ts';

/** By interface and then field: for each narrower type the names of its objects. */
export type NarrowedFields = ReadonlyMap<string, ReadonlyMap<string, readonly ReadonlySet<string>[]>>;

export function narrowedFields(schema: GraphQLSchema): NarrowedFields {
  const narrowed = new Map<string, Map<string, ReadonlySet<string>[]>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const own = getNamedType(field.type).name;
      if (!isAbstractType(schema.getType(own))) continue;
      const others = new Set(
        schema.getPossibleTypes(type).flatMap((object) => {
          const other = object.getFields()[field.name];
          return other === undefined ? [] : [getNamedType(other.type).name];
        }),
      );
      others.delete(own);
      if (others.size === 0) continue;
      const ofType = narrowed.get(type.name) ?? new Map<string, ReadonlySet<string>[]>();
      ofType.set(
        field.name,
        [...others].map((name) => objectsOf(name, schema)),
      );
      narrowed.set(type.name, ofType);
    }
  }
  return narrowed;
}

/** @param document valid over the schema. @returns the same where nothing had to be added. */
export function withNarrowedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  narrowed: NarrowedFields,
): DocumentNode {
  if (narrowed.size === 0) return document;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  /** Whether anything is selected of any of the objects. @param seen spreads that have been looked into. */
  const isOf = (set: SelectionSetNode, objects: ReadonlySet<string>, seen = new Set<string>()): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return true;
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = isSpread ? fragments.get(selection.name.value) : selection;
      if (fragment === undefined) return false;
      const on = fragment.typeCondition?.name.value;
      const some = on === undefined ? objects : both(objectsOf(on, schema), objects);
      if (some.size === 0) return false;
      if (isSpread) {
        const once = `${selection.name.value} ${[...some].join(' ')}`;
        if (seen.has(once)) return false;
        seen.add(once);
      }
      return isOf(fragment.selectionSet, some, seen);
    });
  const info = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(info, {
      Field(field) {
        const set = field.selectionSet;
        const types = narrowed.get(info.getParentType()?.name ?? '')?.get(field.name.value);
        if (set === undefined || types === undefined || types.every((objects) => isOf(set, objects)))
          return undefined;
        return { ...field, selectionSet: { ...set, selections: [TYPENAME, ...set.selections] } };
      },
    }),
  );
}

function objectsOf(name: string, schema: GraphQLSchema): ReadonlySet<string> {
  const type = schema.getType(name);
  if (!isCompositeType(type)) return new Set();
  return new Set(isAbstractType(type) ? schema.getPossibleTypes(type).map((each) => each.name) : [name]);
}

function both(names: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => others.has(name)));
}
