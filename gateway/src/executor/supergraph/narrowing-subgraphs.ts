/** Fields that a subgraph knows to be of another type than the supergraph does: of one that an interface or a union of it stands for. */
import { type DocumentNode, Kind, type TypeNode } from 'graphql';
import { argumentOf } from './join-directives.ts';

/** Names of fields by that of their object or interface. */
export type NarrowingSubgraphs = ReadonlyMap<string, ReadonlySet<string>>;

export function narrowingSubgraphs(supergraph: DocumentNode): NarrowingSubgraphs {
  const narrowing = new Map<string, ReadonlySet<string>>();
  for (const definition of supergraph.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    const fields = (definition.fields ?? []).filter(({ type, directives = [] }) =>
      directives.some((directive) => {
        // Absent where a subgraph has the type that the supergraph has.
        const own = directive.name.value === 'join__field' && argumentOf(directive, 'type')?.value;
        return own && own.kind === Kind.STRING && own.value.replace(/[[\]!\s]/g, '') !== namedType(type);
      }),
    );
    if (fields.length > 0)
      narrowing.set(definition.name.value, new Set(fields.map(({ name }) => name.value)));
  }
  return narrowing;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
