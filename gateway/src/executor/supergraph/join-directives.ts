/** Reads the directives by which a supergraph says which subgraph has what (`join` specification, v0.5). */
import { type ArgumentNode, type DirectiveNode, type DocumentNode, Kind } from 'graphql';

/** Values of `join__Graph` by the subgraph's own name. */
export function graphNames(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const graph = value.directives?.find((directive) => directive.name.value === 'join__graph');
      const name = argumentOf(graph, 'name')?.value;
      if (name?.kind === Kind.STRING) names.set(name.value, value.name.value);
    }
  }
  return names;
}

/** The value of `join__Graph` that the directive is about. */
export function graphOf(directive: DirectiveNode): string {
  const graph = argumentOf(directive, 'graph')?.value;
  return graph?.kind === Kind.ENUM ? graph.value : '';
}

export function requiresOf(directive: DirectiveNode): ArgumentNode | undefined {
  return directive.name.value === 'join__field' ? argumentOf(directive, 'requires') : undefined;
}

export function argumentOf(directive: DirectiveNode | undefined, name: string): ArgumentNode | undefined {
  return directive?.arguments?.find((argument) => argument.name.value === name);
}
