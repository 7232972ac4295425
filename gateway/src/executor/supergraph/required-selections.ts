/**
 * What fields require, and by which keys a subgraph takes an entity back. For planning requirements in a way of our own
 * where the query planner loses its way (see `planning/requirements-apart.ts`).
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  Kind,
  parse,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { type Composite, hasSeveralStandIns, isInterfaceObject } from './interface-objects.ts';
import { argumentOf, graphNames, graphOf, requiresOf } from './join-directives.ts';

export interface RequiredSelections {
  /** By subgraph, type and field; one set for each subgraph that requires something for the field. */
  of(type: string, field: string): readonly SelectionSetNode[];
  /** @param type as the subgraph knows it: of an object that stands for an interface the interface's name. */
  inSubgraph(subgraph: string, type: string, field: string): SelectionSetNode | undefined;
  /** The field requires what itself requires something. Conservative: fields are told apart by name alone. */
  isChained(type: string, field: string): boolean;
  /**
   * The field is of one of several objects that stand for the type's interface, and requires something. Where a fragment
   * asks for one type, the planner puts what is required and what tells the type in front of each other, and gives up or
   * asks too early.
   */
  goesInCircles(type: string, field: string): boolean;
  /** A key by which the subgraph finds the entity. */
  keyOf(subgraph: string, type: string): SelectionSetNode | undefined;
  isInterfaceObject(subgraph: string, type: string): boolean;
}

/** @returns undefined where the planner gets along with what is required, as in almost every graph. */
export function chainedRequirements(supergraph: DocumentNode): RequiredSelections | undefined {
  const types = compositesOf(supergraph);
  const bySubgraph = new Map<string, SelectionSetNode>();
  const byField = new Map<string, SelectionSetNode[]>();
  const requiring = new Set<string>();
  for (const { name, fields = [] } of types.values()) {
    for (const field of fields) {
      for (const directive of field.directives ?? []) {
        const set = selectionOf(requiresOf(directive)?.value);
        if (set === undefined) continue;
        const at = `${name.value}.${field.name.value}`;
        bySubgraph.set(`${graphOf(directive)} ${at}`, set);
        byField.set(at, [...(byField.get(at) ?? []), set]);
        requiring.add(field.name.value);
      }
    }
  }
  const chained = new Set([...byField].flatMap(([at, sets]) => (sets.some(hasOneOf(requiring)) ? [at] : [])));
  const shared = new Set(
    [...types.values()].flatMap((type) => (hasSeveralStandIns(type) ? [type.name.value] : [])),
  );
  const circular = new Set([...byField.keys()].filter((at) => shared.has(at.slice(0, at.indexOf('.')))));
  if (chained.size === 0 && circular.size === 0) return undefined;
  /** The field itself, and that of objects that stand for interfaces: nothing else of an interface requires anything. */
  const declarations = (type: string, field: string): string[] => {
    const above = types.get(type)?.interfaces ?? [];
    return [type, ...above.map(({ name }) => name.value)].map((name) => `${name}.${field}`);
  };
  const graphs = graphNames(supergraph);
  const joined = (subgraph: string, type: string): ConstDirectiveNode[] =>
    (types.get(type)?.directives ?? []).filter(
      (directive) => directive.name.value === 'join__type' && graphOf(directive) === graphs.get(subgraph),
    );
  return {
    of: (type, field) => declarations(type, field).flatMap((at) => byField.get(at) ?? []),
    inSubgraph: (subgraph, type, field) => bySubgraph.get(`${graphs.get(subgraph)} ${type}.${field}`),
    isChained: (type, field) => declarations(type, field).some((at) => chained.has(at)),
    keyOf(subgraph, type) {
      const key = joined(subgraph, type).find(
        (each) => argumentOf(each, 'key') !== undefined && !isFalse(argumentOf(each, 'resolvable')?.value),
      );
      return selectionOf(argumentOf(key, 'key')?.value);
    },
    goesInCircles: (type, field) => declarations(type, field).some((at) => circular.has(at)),
    isInterfaceObject: (subgraph, type) => joined(subgraph, type).some(isInterfaceObject),
  };
}

/** The same graph for somebody who sees to requirements himself. */
export function withoutRequirements(supergraph: DocumentNode): DocumentNode {
  return visit(supergraph, {
    Directive(directive) {
      const requires = requiresOf(directive);
      if (requires === undefined) return undefined;
      return { ...directive, arguments: directive.arguments?.filter((each) => each !== requires) };
    },
  });
}

function compositesOf({ definitions }: DocumentNode): ReadonlyMap<string, Composite> {
  const types = new Map<string, Composite>();
  for (const each of definitions) {
    if (each.kind === Kind.OBJECT_TYPE_DEFINITION || each.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      types.set(each.name.value, each);
    }
  }
  return types;
}

function selectionOf(value: ValueNode | undefined): SelectionSetNode | undefined {
  if (value?.kind !== Kind.STRING) return undefined;
  const [operation] = parse(`{${value.value}}`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet : undefined;
}

function hasOneOf(names: ReadonlySet<string>): (set: SelectionSetNode) => boolean {
  return (set) => {
    let found = 0;
    visit(set, {
      Field: ({ name }) => {
        if (names.has(name.value)) found++;
      },
    });
    return found > 0;
  };
}

function isFalse(value: ValueNode | undefined): boolean {
  return value?.kind === Kind.BOOLEAN && !value.value;
}
