/** What each subgraph knows of unions and interfaces, where the subgraphs do not know the same of them. */
import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { argumentOf, graphNames, graphOf } from './join-directives.ts';

export interface SubgraphMembers {
  /** Subgraphs disagree about which objects there are of this type. */
  isInconsistent(abstractType: string): boolean;
  /** @param member an object type. */
  knowsMember(subgraph: string, abstractType: string, member: string): boolean;
  /** The subgraph answers the field by itself: not external, nothing required, overridden by nobody. */
  hasField(subgraph: string, type: string, field: string): boolean;
  /** In the subgraph a field of this name has another type than in the supergraph, whatever its parent. */
  narrowsType(subgraph: string, field: string): boolean;
}

export function subgraphMembers(supergraph: DocumentNode): SubgraphMembers {
  const owners = new Map<string, Set<string>>();
  /** `graph abstract member`. */
  const members = new Set<string>();
  const allMembers = new Map<string, Set<string>>();
  const fields = new Set<string>();
  const narrowed = new Set<string>();
  const addMember = (
    directive: ConstDirectiveNode,
    abstract: string | undefined,
    member: string | undefined,
  ) => {
    if (abstract === undefined || member === undefined) return;
    members.add(`${graphOf(directive)} ${abstract} ${member}`);
    allMembers.set(abstract, (allMembers.get(abstract) ?? new Set()).add(member));
  };
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    const type = definition.name.value;
    const directives = (definition.directives ?? []) as readonly ConstDirectiveNode[];
    const graphs = directives.filter(({ name }) => name.value === 'join__type').map(graphOf);
    owners.set(type, new Set(graphs));
    for (const directive of directives) {
      if (directive.name.value === 'join__unionMember') addMember(directive, type, text(directive, 'member'));
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      if (directive.name.value === 'join__implements')
        addMember(directive, text(directive, 'interface'), type);
    }
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    for (const field of definition.fields ?? []) {
      const joined = (field.directives ?? []).filter(({ name }) => name.value === 'join__field');
      for (const directive of joined) {
        if (argumentOf(directive, 'type') !== undefined)
          narrowed.add(`${graphOf(directive)} ${field.name.value}`);
      }
      for (const graph of graphs) {
        const own = joined.filter((directive) => graphOf(directive) === graph);
        const isEverywhere = joined.every((directive) => argumentOf(directive, 'graph') === undefined);
        if (own.some(answersAlone) || (own.length === 0 && isEverywhere)) {
          fields.add(`${graph} ${type} ${field.name.value}`);
        }
      }
    }
  }
  const names = graphNames(supergraph);
  const inconsistent = new Set(
    [...allMembers].flatMap(([abstract, all]) =>
      [...(owners.get(abstract) ?? [])].some((graph) =>
        [...all].some((member) => !members.has(`${graph} ${abstract} ${member}`)),
      )
        ? [abstract]
        : [],
    ),
  );
  return {
    isInconsistent: (abstract) => inconsistent.has(abstract),
    knowsMember: (subgraph, abstract, member) => members.has(`${names.get(subgraph)} ${abstract} ${member}`),
    narrowsType: (subgraph, field) => narrowed.has(`${names.get(subgraph)} ${field}`),
    hasField: (subgraph, type, field) => fields.has(`${names.get(subgraph)} ${type} ${field}`),
  };
}

function answersAlone(directive: ConstDirectiveNode): boolean {
  return ['external', 'requires', 'usedOverridden', 'overrideLabel', 'contextArguments'].every((name) => {
    const value = argumentOf(directive, name)?.value;
    return value === undefined || (value.kind === Kind.BOOLEAN && !value.value);
  });
}

function text(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argumentOf(directive, name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
