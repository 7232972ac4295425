/** Which subgraphs have which part of the graph: read from their SDL, or from a supergraph that may be older. */
import { type DirectiveNode, isTypeDefinitionNode, Kind, parse } from 'graphql';
import { argumentOf, graphNames, graphOf } from '../../gateway/src/executor/supergraph/join-directives.ts';
import { directivesNamed, type LintedSubgraph, type LintedType, ownFields } from '../lint/linted-graph.ts';
import type { Members } from './ownership.ts';

export function membersOfSubgraphs(subgraphs: readonly LintedSubgraph[]): Members {
  const members = new Map<string, Set<string>>();
  for (const { name, types } of subgraphs) {
    for (const type of types.values()) {
      if (isReference(type)) continue;
      const parts = [...ownFields(type), ...type.inputFields, ...type.values];
      for (const coordinate of [type.name, ...parts.map((part) => `${type.name}.${part.name.value}`)]) {
        add(members, coordinate, name);
      }
    }
  }
  return members;
}

/** Only refers to an entity of others: `@key(..., resolvable: false)` and nothing else. */
function isReference(type: LintedType): boolean {
  const keys = directivesNamed(type, 'key');
  return keys.length > 0 && keys.every((key) => isFalse(key, 'resolvable'));
}

/** @param sdl a supergraph, as composed. */
export function membersOfSupergraph(sdl: string): Members {
  const document = parse(sdl, { noLocation: true });
  const nameOf = new Map([...graphNames(document)].map(([name, graph]) => [graph, name]));
  const members = new Map<string, Set<string>>();
  for (const type of document.definitions) {
    if (!isTypeDefinitionNode(type)) continue;
    const graphs = graphsIn(type.directives, 'join__type');
    if (graphs.length === 0) continue;
    for (const graph of graphs) add(members, type.name.value, nameOf.get(graph));
    const parts = 'fields' in type ? type.fields : type.kind === Kind.ENUM_TYPE_DEFINITION ? type.values : [];
    for (const part of parts ?? []) {
      const given = graphsIn(
        part.directives,
        part.kind === Kind.ENUM_VALUE_DEFINITION ? 'join__enumValue' : 'join__field',
      );
      // Without: in all that have the type.
      for (const graph of given.length === 0 ? graphs : given) {
        add(members, `${type.name.value}.${part.name.value}`, nameOf.get(graph));
      }
    }
  }
  return members;
}

function graphsIn(directives: readonly DirectiveNode[] | undefined, name: string): readonly string[] {
  return (directives ?? [])
    .filter((directive) => directive.name.value === name)
    .filter((directive) => !isTrue(directive, 'external') && !isFalse(directive, 'resolvable'))
    .map(graphOf)
    .filter((graph) => graph !== '');
}

function isTrue(directive: DirectiveNode, name: string): boolean {
  const value = argumentOf(directive, name)?.value;
  return value?.kind === Kind.BOOLEAN && value.value;
}

function isFalse(directive: DirectiveNode, name: string): boolean {
  const value = argumentOf(directive, name)?.value;
  return value?.kind === Kind.BOOLEAN && !value.value;
}

function add(members: Map<string, Set<string>>, coordinate: string, subgraph: string | undefined): void {
  if (subgraph === undefined) return;
  const known = members.get(coordinate) ?? new Set();
  members.set(coordinate, known.add(subgraph));
}
