/**
 * Which objects of the supergraph belong to which abstract type, inaccessible types included: subgraphs speak of
 * types that clients cannot see.
 */
import { type GraphQLSchema, isAbstractType, isObjectType } from 'graphql';

export interface TypeRelations {
  /** True for the type itself, and for members and implementations of an abstract one. */
  isSubtype(name: string, of: string): boolean;
  isObjectType(name: string): boolean;
}

/** What the relations follow from; plain, so that it can be handed from thread to thread. */
export interface TypeFacts {
  /** By abstract type: its objects, and the interfaces that implement it. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly objects: ReadonlySet<string>;
}

export function typeFacts(schema: GraphQLSchema): TypeFacts {
  const members = new Map<string, ReadonlySet<string>>();
  const objects = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) objects.add(type.name);
    if (!isAbstractType(type)) continue;
    const names = new Set(schema.getPossibleTypes(type).map(({ name }) => name));
    if ('getInterfaces' in type) {
      for (const { name } of schema.getImplementations(type).interfaces) names.add(name);
    }
    members.set(type.name, names);
  }
  return { members, objects };
}

export function typeRelations({ members, objects }: TypeFacts): TypeRelations {
  return {
    isSubtype: (name, of) => name === of || (members.get(of)?.has(name) ?? false),
    isObjectType: (name) => objects.has(name),
  };
}
