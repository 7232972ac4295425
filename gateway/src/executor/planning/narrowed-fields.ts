/**
 * Fields of an interface that are of a narrower type in some of its objects: an animal's friend is an animal, a dog's is a
 * cat. Where nothing that is selected below the field can be of the narrower type, the query planner leaves the field
 * out for those objects, and an object with nothing in it would come as null. Such a selection is given the type name.
 *
 * Where it is a subgraph that knows a field to be of a narrower type, the planner writes what it is asked for that type. That may
 * be one object: then no type name is asked for, and whoever knows the field by the wider type cannot tell what came. Such a
 * selection is always given the type name. Pure.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { TYPENAME } from './conditions.ts';

type Narrowed = 'by a subgraph' | readonly ReadonlySet<string>[];

/** By object or interface and then field: for each narrower type the names of its objects. */
export type NarrowedFields = ReadonlyMap<string, ReadonlyMap<string, Narrowed>>;

/** @param schema that clients see. @param bySubgraphs fields that a subgraph has of another type. */
export function narrowedFields(
  schema: GraphQLSchema,
  bySubgraphs: ReadonlyMap<string, ReadonlySet<string>>,
): NarrowedFields {
  const narrowed = new Map<string, ReadonlyMap<string, Narrowed>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInterfaceType(type) && !isObjectType(type)) continue;
    const objects = isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
    const fields = Object.values(type.getFields()).flatMap((field): [string, Narrowed][] => {
      const own = getNamedType(field.type).name;
      if (!isAbstractType(schema.getType(own))) return [];
      if ([type, ...objects].some(({ name }) => bySubgraphs.get(name)?.has(field.name))) {
        return [[field.name, 'by a subgraph']];
      }
      const others = new Set(
        objects.flatMap((object) => {
          const other = object.getFields()[field.name];
          return other === undefined ? [] : [getNamedType(other.type).name];
        }),
      );
      others.delete(own);
      return others.size === 0 ? [] : [[field.name, [...others].map((name) => objectsOf(name, schema))]];
    });
    if (fields.length > 0) narrowed.set(type.name, new Map(fields));
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
        if (set === undefined || types === undefined) return undefined;
        if (types === 'by a subgraph' ? hasTypeName(set) : types.every((objects) => isOf(set, objects))) {
          return undefined;
        }
        return { ...field, selectionSet: { ...set, selections: [TYPENAME, ...set.selections] } };
      },
    }),
  );
}

function hasTypeName({ selections }: SelectionSetNode): boolean {
  return selections.some(
    (each) =>
      each.kind === Kind.FIELD &&
      each.name.value === '__typename' &&
      each.alias === undefined &&
      !each.directives?.length,
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
