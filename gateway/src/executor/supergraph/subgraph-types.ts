/** The types of fields as each subgraph declares them, which may be narrower than the supergraph's. */
import {
  baseType,
  type CompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  type Supergraph,
  type Type,
} from '@apollo/federation-internals';

export interface SubgraphTypes {
  /** @returns undefined for a field that the subgraph does not have. */
  fieldType(
    subgraph: string,
    type: string,
    field: string,
  ): { readonly name: string; readonly lists: number } | undefined;
  /** Objects of an interface that the subgraph knows; none for every other type. */
  implementations(subgraph: string, type: string): readonly string[];
}

export function subgraphTypes(supergraph: Supergraph): SubgraphTypes {
  const typeOf = (subgraph: string, type: string) => supergraph.subgraphs().get(subgraph)?.schema.type(type);
  return {
    fieldType(subgraph, type, field) {
      const declared = typeOf(subgraph, type) as CompositeType | undefined;
      const fieldType = declared && 'field' in declared ? declared.field(field)?.type : undefined;
      return fieldType && { name: baseType(fieldType).name, lists: listsOf(fieldType) };
    },
    implementations(subgraph, type) {
      const declared = typeOf(subgraph, type);
      return declared && isInterfaceType(declared)
        ? declared.possibleRuntimeTypes().map(({ name }) => name)
        : [];
    },
  };
}

function listsOf(type: Type): number {
  if (isNonNullType(type)) return listsOf(type.ofType);
  return isListType(type) ? 1 + listsOf(type.ofType) : 0;
}
