/**
 * Keys that can be resolved before those that cannot. To give a subgraph back an entity that it already knew, together
 * with what one of its fields requires, the query planner takes the first key the subgraph declares, and does not
 * look whether the subgraph resolves entities by it: the answer would be null.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { argumentOf } from './join-directives.ts';

/** The same object where the order is right already. */
export function resolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  let changed = false;
  const definitions = supergraph.definitions.map((definition) => {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      return definition;
    }
    const { directives = [] } = definition;
    const unresolvable = directives.filter(isUnresolvable);
    if (unresolvable.length === 0 || directives.slice(-unresolvable.length).every(isUnresolvable)) {
      return definition;
    }
    changed = true;
    const others = directives.filter((directive) => !isUnresolvable(directive));
    return { ...definition, directives: [...others, ...unresolvable] };
  });
  return changed ? { ...supergraph, definitions } : supergraph;
}

function isUnresolvable(directive: ConstDirectiveNode): boolean {
  const resolvable = argumentOf(directive, 'resolvable')?.value;
  return directive.name.value === 'join__type' && resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}
