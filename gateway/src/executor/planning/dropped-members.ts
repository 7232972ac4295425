/**
 * Members of unions and interfaces that the query planner dropped. Where a place can be reached in several subgraphs
 * and one of them does not know a member, the planner takes it that no object there can be that member, and plans
 * none of the member's fields, even where it then asks a subgraph that has them: an object would come back with
 * nulls of which nobody says anything. They are put back into the fetch that finds the object, as far as its subgraph
 * has them.
 */
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { operationOf } from '../plan/selection.ts';
import type { SubgraphMembers } from '../supergraph/subgraph-members.ts';
import { eachFetch, withFetches } from './planned-fetches.ts';

/** What a client selects of objects of a type at a place. */
interface Wanted {
  readonly abstractType: string;
  readonly byMember: Map<string, SelectionNode[]>;
}

/** By response path, lists left out. */
type WantedByPath = Map<string, Wanted>;

/** @param document one operation, as it was planned. The same plan where nothing is missing. */
export function withDroppedMembers(
  plan: QueryPlan,
  document: DocumentNode,
  schema: GraphQLSchema,
  members: SubgraphMembers,
): QueryPlan {
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  const rootType = operation && schema.getRootType(operation.operation);
  if (!operation || !rootType || plan.node === undefined) return plan;
  const wanted = wantedMembers(document, operation, rootType, schema, members);
  if (wanted.size === 0) return plan;
  const fetches: {
    readonly node: FetchNode;
    readonly operation: OperationDefinitionNode;
    readonly paths: Set<string>;
  }[] = [];
  eachFetch(plan.node, [], (node, path) => {
    const parsed = operationOf(node.operation);
    fetches.push({ node, operation: parsed, paths: writtenPaths(parsed, path) });
  });
  const changed = new Map<FetchNode, FetchNode>();
  eachFetch(plan.node, [], (node, path) => {
    const own = fetches.find((fetch) => fetch.node === node);
    if (own === undefined) return;
    const isShared = (at: string) =>
      fetches.some((other) => other.node !== node && [...other.paths].some((each) => isAtOrBelow(each, at)));
    const next = completed(own.operation, path, node.serviceName, wanted, isShared, members);
    if (next !== own.operation) changed.set(node, fetchWith(node, next, operation));
  });
  return changed.size === 0 ? plan : { ...plan, node: withFetches(plan.node as PlanNode, changed) };
}

function wantedMembers(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  rootType: GraphQLCompositeType,
  schema: GraphQLSchema,
  members: SubgraphMembers,
): WantedByPath {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const wanted: WantedByPath = new Map();
  const walk = (set: SelectionSetNode, type: GraphQLCompositeType, path: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const field = 'getFields' in type ? type.getFields()[selection.name.value] : undefined;
        const below = field && getNamedType(field.type);
        if (selection.selectionSet === undefined || !isCompositeType(below)) continue;
        walk(selection.selectionSet, below, `${path} ${responseName(selection)}`);
        if (!isAbstractType(below) || !members.isInconsistent(below.name)) continue;
        const at = `${path} ${responseName(selection)}`;
        const entry = wanted.get(at) ?? { abstractType: below.name, byMember: new Map() };
        collectMembers(inlined(selection.selectionSet, fragments), schema, entry.byMember);
        wanted.set(at, entry);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const on = fragment?.typeCondition && schema.getType(fragment.typeCondition.name.value);
      if (fragment !== undefined) walk(fragment.selectionSet, isCompositeType(on) ? on : type, path);
    }
  };
  walk(operation.selectionSet, rootType, '');
  return wanted;
}

function collectMembers(
  set: SelectionSetNode,
  schema: GraphQLSchema,
  into: Map<string, SelectionNode[]>,
): void {
  for (const selection of set.selections) {
    if (selection.kind !== Kind.INLINE_FRAGMENT) continue;
    const on = selection.typeCondition?.name.value;
    if (on !== undefined && isObjectType(schema.getType(on))) {
      into.set(on, [...(into.get(on) ?? []), ...selection.selectionSet.selections]);
    } else collectMembers(selection.selectionSet, schema, into);
  }
}

/** Fetches have no fragment definitions. */
function inlined(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode {
  return visit(set, {
    FragmentSpread(spread) {
      const fragment = fragments.get(spread.name.value);
      if (fragment === undefined) return undefined;
      return {
        kind: Kind.INLINE_FRAGMENT as const,
        typeCondition: fragment.typeCondition,
        directives: spread.directives ?? [],
        selectionSet: inlined(fragment.selectionSet, fragments),
      };
    },
  });
}

function completed(
  operation: OperationDefinitionNode,
  path: readonly string[],
  subgraph: string,
  wanted: WantedByPath,
  isShared: (at: string) => boolean,
  members: SubgraphMembers,
): OperationDefinitionNode {
  const complete = (set: SelectionSetNode, at: string): SelectionSetNode => {
    const selections = set.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.FRAGMENT_SPREAD || selection.selectionSet === undefined) return selection;
      const isField = selection.kind === Kind.FIELD && selection.name.value !== '_entities';
      const below = isField ? `${at} ${responseName(selection)}` : at;
      const inside = complete(selection.selectionSet, below);
      const isSame = isField && !members.narrowsType(subgraph, selection.name.value);
      const missing = isSame ? missingMembers(inside, wanted.get(below), subgraph, members) : [];
      if (missing.length === 0 || isShared(below)) {
        return inside === selection.selectionSet ? selection : { ...selection, selectionSet: inside };
      }
      return { ...selection, selectionSet: { ...inside, selections: [...inside.selections, ...missing] } };
    });
    return selections.every((selection, index) => selection === set.selections[index])
      ? set
      : { ...set, selections };
  };
  const base = path.filter((step) => step !== '@').map((step) => ` ${step}`);
  const selectionSet = complete(operation.selectionSet, base.join(''));
  return selectionSet === operation.selectionSet ? operation : { ...operation, selectionSet };
}

function missingMembers(
  set: SelectionSetNode,
  wanted: Wanted | undefined,
  subgraph: string,
  members: SubgraphMembers,
): SelectionNode[] {
  if (wanted === undefined) return [];
  const present = new Set<string>();
  visit(set, {
    Field: () => false,
    InlineFragment: ({ typeCondition }) => void (typeCondition && present.add(typeCondition.name.value)),
  });
  return [...wanted.byMember].flatMap(([member, selections]): SelectionNode[] => {
    if (present.has(member) || !members.knowsMember(subgraph, wanted.abstractType, member)) return [];
    const own = selections.filter((selection) => isLeafOf(selection, subgraph, member, members));
    if (own.length === 0) return [];
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: own };
    const typeCondition = {
      kind: Kind.NAMED_TYPE as const,
      name: { kind: Kind.NAME as const, value: member },
    };
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet }];
  });
}

/** Objects below would have to be planned for themselves. */
function isLeafOf(
  selection: SelectionNode,
  subgraph: string,
  type: string,
  members: SubgraphMembers,
): boolean {
  if (selection.kind !== Kind.FIELD || selection.selectionSet !== undefined) return false;
  return selection.name.value === '__typename' || members.hasField(subgraph, type, selection.name.value);
}

function fetchWith(
  node: FetchNode,
  operation: OperationDefinitionNode,
  client: OperationDefinitionNode,
): FetchNode {
  const used = new Set<string>();
  visit(operation.selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const known = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const added = (client.variableDefinitions ?? []).filter(
    ({ variable: { name } }) => used.has(name.value) && !known.has(name.value),
  );
  const variableDefinitions = [...(operation.variableDefinitions ?? []), ...added];
  return {
    ...node,
    operation: stripIgnoredCharacters(print({ ...operation, variableDefinitions })),
    variableUsages: [...(node.variableUsages ?? []), ...added.map(({ variable }) => variable.name.value)],
  };
}

function writtenPaths(operation: OperationDefinitionNode, path: readonly string[]): Set<string> {
  const paths = new Set<string>();
  const walk = (set: SelectionSetNode, at: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      const isField = selection.kind === Kind.FIELD && selection.name.value !== '_entities';
      const below = isField ? `${at} ${responseName(selection)}` : at;
      if (isField) paths.add(below);
      if (selection.selectionSet !== undefined) walk(selection.selectionSet, below);
    }
  };
  const base = path.filter((step) => step !== '@').map((step) => ` ${step}`);
  walk(operation.selectionSet, base.join(''));
  return paths;
}

function isAtOrBelow(path: string, at: string): boolean {
  return path === at || path.startsWith(`${at} `);
}

function responseName({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
