/** Which fields a subgraph computes from fields of others, and by which fields it knows its entities. */
import { type DocumentNode, Kind, parse } from 'graphql';
import { argumentOf, graphNames, graphOf, requiresOf } from './join-directives.ts';

export interface Requirements {
  requiresOthers(subgraph: string, type: string, field: string): boolean;
  /** Names of fields in keys of the subgraph, whatever their type. */
  isKeyField(subgraph: string, field: string): boolean;
}

export interface RequirementFacts {
  /** `graph type.field`, by values of `join__Graph`. */
  readonly requiring: ReadonlySet<string>;
  /** Values of `join__Graph` by subgraph. */
  readonly graphs: ReadonlyMap<string, string>;
  /** Fields in keys by subgraph. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
}

export function requirementFacts(supergraph: DocumentNode): RequirementFacts {
  const requiring = new Set<string>();
  const keys = new Map<string, Set<string>>();
  for (const definition of supergraph.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    for (const directive of definition.directives ?? []) {
      const key = argumentOf(directive, 'key')?.value;
      if (key?.kind !== Kind.STRING) continue;
      const names = keys.get(graphOf(directive)) ?? new Set();
      for (const name of fieldNames(key.value)) names.add(name);
      keys.set(graphOf(directive), names);
    }
    for (const field of definition.fields ?? []) {
      for (const directive of field.directives ?? []) {
        if (requiresOf(directive) === undefined) continue;
        requiring.add(`${graphOf(directive)} ${definition.name.value}.${field.name.value}`);
      }
    }
  }
  const graphs = graphNames(supergraph);
  const keysOf = new Map<string, ReadonlySet<string>>();
  for (const [subgraph, graph] of graphs) keysOf.set(subgraph, keys.get(graph) ?? new Set());
  return { requiring, graphs, keys: keysOf };
}

export function requirements({ requiring, graphs, keys }: RequirementFacts): Requirements {
  return {
    requiresOthers: (subgraph, type, field) => requiring.has(`${graphs.get(subgraph)} ${type}.${field}`),
    isKeyField: (subgraph, field) => keys.get(subgraph)?.has(field) ?? false,
  };
}

function fieldNames(set: string): string[] {
  const [operation] = parse(`{${set}}`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION
    ? operation.selectionSet.selections.flatMap((field) =>
        field.kind === Kind.FIELD ? [field.name.value] : [],
      )
    : [];
}
