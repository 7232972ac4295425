/**
 * Takes the fields that require something out of a planned fetch. Each comes to be fetched for itself, once what it
 * requires is there, by a key that the fetch gets in its place. Pure.
 */
import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { operationOf } from '../plan/selection.ts';
import type { RequiredSelections } from '../supergraph/required-selections.ts';
import type { SubgraphTypes } from '../supergraph/subgraph-types.ts';
import type { TypeRelations } from '../supergraph/type-relations.ts';
import { fragmentNode, plannedSelections, TYPENAME } from './planned-selections.ts';

export interface LiftingFacts {
  readonly required: RequiredSelections;
  readonly subgraphs: SubgraphTypes;
  readonly types: TypeRelations;
}

/** A fetch is of a kind that nothing can be taken out of; its plan stays as it is. */
export class NotLiftable extends Error {}

export interface PlacedFetch {
  readonly node: FetchNode;
  /** As in a `Flatten`: `@` for each list. */
  readonly path: readonly string[];
}

export interface LiftedFetch extends PlacedFetch {
  /** Response names: what is below them at `path` is found with this fetch. */
  readonly fields: readonly string[];
}

export interface Lifted {
  /** What is left of the fetch; undefined for nothing. The same object where nothing was taken. */
  readonly rest: FetchNode | undefined;
  readonly lifted: readonly LiftedFetch[];
}

/** A field with what it stands under, less what only leads to it. */
interface Taken {
  readonly path: readonly string[];
  /** As the subgraph knows it. */
  readonly type: string;
  readonly requires: SelectionSetNode;
  readonly field: FieldNode;
  /** Fragments with conditions around it, outermost first. */
  readonly conditions: readonly InlineFragmentNode[];
  readonly isOfFetchedEntity: boolean;
}

/** @param isLifted the fields of the fetched entities have what they require already. */
export function liftRequiring(fetch: PlacedFetch, facts: LiftingFacts, isLifted = false): Lifted {
  const { node } = fetch;
  const operation = operationOf(node.operation);
  const taking = new Taking(node.serviceName, facts);
  const isOfEntities = node.requires !== undefined;
  const selectionSet = isOfEntities
    ? taking.entities(operation.selectionSet, fetch.path, isLifted)
    : taking.place(operation.selectionSet, rootName(operation), fetch.path);
  if (taking.taken.length === 0) return { rest: node, lifted: [] };
  const groups = Map.groupBy(taking.taken, ({ path, type, requires, isOfFetchedEntity }) =>
    [path.join('.'), type, print(requires), isOfFetchedEntity].join(' '),
  );
  return {
    rest: selectionSet && fetchOf(node, operation, selectionSet),
    lifted: [...groups.values()].map((group) => liftedFetch(node, operation, group, facts)),
  };
}

class Taking {
  readonly taken: Taken[] = [];
  readonly #subgraph: string;
  readonly #facts: LiftingFacts;

  constructor(subgraph: string, facts: LiftingFacts) {
    this.#subgraph = subgraph;
    this.#facts = facts;
  }

  /** @param isLifted nothing is taken of the entities themselves. */
  entities(set: SelectionSetNode, path: readonly string[], isLifted: boolean): SelectionSetNode | undefined {
    const [entities] = set.selections;
    if (entities?.kind !== Kind.FIELD || entities.selectionSet === undefined) return set;
    const inner = this.#without(entities.selectionSet, '', path, [], isLifted ? 'keep' : 'fetched');
    if (inner.selections.length === 0) return undefined;
    return { ...set, selections: [{ ...entities, selectionSet: inner }] };
  }

  place(set: SelectionSetNode, type: string, path: readonly string[]): SelectionSetNode {
    return this.#without(set, type, path, [], 'nested');
  }

  #without(
    set: SelectionSetNode,
    type: string,
    path: readonly string[],
    conditions: readonly InlineFragmentNode[],
    at: 'keep' | 'fetched' | 'nested',
  ): SelectionSetNode {
    const selections: SelectionNode[] = [];
    const lost = new Set<string>();
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        selections.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const under = selection.directives?.length ? [...conditions, selection] : conditions;
        const on = selection.typeCondition?.name.value ?? type;
        const inner = this.#without(selection.selectionSet, on, path, under, at);
        if (inner.selections.length > 0) selections.push({ ...selection, selectionSet: inner });
      } else {
        const requiring = at === 'keep' ? [] : this.#requiring(type, selection.name.value);
        for (const [owner, requires] of requiring) {
          lost.add(owner);
          const isOfFetchedEntity = at === 'fetched';
          this.taken.push({ path, type: owner, requires, field: selection, conditions, isOfFetchedEntity });
        }
        if (requiring.length === 0) selections.push(this.#below(selection, type, path));
        else
          selections.push(...this.#ofOthers(selection, type, path, new Set(requiring.map(([name]) => name))));
      }
    }
    if (at === 'nested') for (const owner of lost) selections.push(...this.#key(owner, type));
    return { ...set, selections: distinct(selections) };
  }

  #below(field: FieldNode, type: string, path: readonly string[]): FieldNode {
    if (field.selectionSet === undefined) return field;
    const below = this.#facts.subgraphs.fieldType(this.#subgraph, type, field.name.value);
    if (below === undefined) return field;
    const to = [
      ...path,
      (field.alias ?? field.name).value,
      ...Array.from({ length: below.lists }, () => '@'),
    ];
    const selectionSet = this.place(field.selectionSet, below.name, to);
    return { ...field, selectionSet };
  }

  /** Of an interface's field: the objects whose field requires something. */
  #requiring(type: string, field: string): readonly (readonly [string, SelectionSetNode])[] {
    const { required, subgraphs } = this.#facts;
    return [type, ...subgraphs.implementations(this.#subgraph, type)].flatMap((name) => {
      const requires = required.inSubgraph(this.#subgraph, name, field);
      return requires === undefined ? [] : [[name, requires] as const];
    });
  }

  /** The field on those objects of an interface for which it requires nothing. */
  #ofOthers(
    field: FieldNode,
    type: string,
    path: readonly string[],
    requiring: ReadonlySet<string>,
  ): InlineFragmentNode[] {
    const others = this.#facts.subgraphs.implementations(this.#subgraph, type);
    return others.flatMap((name) =>
      requiring.has(name) ? [] : [fragment(name, [this.#below(field, name, path)])],
    );
  }

  #key(owner: string, type: string): SelectionNode[] {
    const key = this.#facts.required.keyOf(this.#subgraph, owner);
    if (key === undefined) throw new NotLiftable(`${this.#subgraph} has no key of ${owner}`);
    const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
    return owner === type ? [typename, ...key.selections] : [typename, fragment(owner, key.selections)];
  }
}

function liftedFetch(
  origin: FetchNode,
  operation: OperationDefinitionNode,
  group: readonly Taken[],
  facts: LiftingFacts,
): LiftedFetch {
  const [{ path, type, requires, isOfFetchedEntity }] = group as [Taken];
  const selections = group.map(({ field, conditions }) =>
    conditions.reduceRight<SelectionNode>(
      (inner, { directives }) => ({
        kind: Kind.INLINE_FRAGMENT,
        directives,
        selectionSet: { kind: Kind.SELECTION_SET, selections: [inner] },
      }),
      field,
    ),
  );
  const [root] = parse('query($representations:[_Any!]!){_entities(representations:$representations)}', {
    noLocation: true,
  }).definitions as [OperationDefinitionNode];
  const [entities] = root.selectionSet.selections as [FieldNode];
  const selectionSet: SelectionSetNode = {
    kind: Kind.SELECTION_SET,
    selections: [
      { ...entities, selectionSet: { kind: Kind.SELECTION_SET, selections: [fragment(type, selections)] } },
    ],
  };
  const variableDefinitions = [
    ...(root.variableDefinitions ?? []),
    ...(operation.variableDefinitions ?? []).filter(
      ({ variable }) => variable.name.value !== 'representations',
    ),
  ];
  const entityOperation = { ...operation, operation: root.operation, variableDefinitions };
  const needs = plannedSelections(requires);
  const fields = group.map(({ field }) => (field.alias ?? field.name).value);
  const isRenamed = origin.outputRewrites?.some(({ path: at }) => fields.some((name) => at.includes(name)));
  if (isRenamed && !isOfFetchedEntity) throw new NotLiftable('names are put right from above');
  const key = facts.required.keyOf(origin.serviceName, type);
  const node: FetchNode = {
    ...fetchOf(origin, entityOperation, selectionSet),
    operationKind: root.operation,
    requires: isOfFetchedEntity
      ? withNeeds(origin.requires ?? [], type, needs, facts.types)
      : [fragmentNode(type, [TYPENAME, ...plannedSelections(key), ...needs])],
    ...(!isOfFetchedEntity && { outputRewrites: undefined, inputRewrites: namedAs(origin, type, facts) }),
  };
  return { node, path, fields };
}

/** An object that stands for an interface is known to its subgraph by the interface's name. */
function namedAs(
  { serviceName }: FetchNode,
  type: string,
  { required }: LiftingFacts,
): FetchNode['inputRewrites'] {
  if (!required.isInterfaceObject(serviceName, type)) return undefined;
  return [{ kind: 'ValueSetter', path: [`... on ${type}`, '__typename'], setValueTo: type }];
}

function withNeeds(
  requires: readonly QueryPlanSelectionNode[],
  type: string,
  needs: readonly QueryPlanSelectionNode[],
  types: TypeRelations,
): QueryPlanSelectionNode[] {
  return requires.flatMap((each): QueryPlanSelectionNode[] => {
    if (each.kind !== 'InlineFragment') return [];
    const on = each.typeCondition;
    const selections = [...each.selections, ...needs];
    if (on === undefined || types.isSubtype(on, type)) return [{ ...each, selections }];
    return types.isSubtype(type, on) ? [{ ...each, typeCondition: type, selections }] : [];
  });
}

function fragment(type: string, selections: readonly SelectionNode[]): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}

function fetchOf(
  node: FetchNode,
  operation: OperationDefinitionNode,
  selectionSet: SelectionSetNode,
): FetchNode {
  const used = new Set<string>();
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) =>
    used.has(variable.name.value),
  );
  return {
    ...node,
    operation: stripIgnoredCharacters(print({ ...operation, variableDefinitions, selectionSet })),
    variableUsages: [...used].filter((name) => name !== 'representations'),
  };
}

function distinct(selections: readonly SelectionNode[]): SelectionNode[] {
  return [...new Map(selections.map((selection) => [print(selection), selection])).values()];
}

function rootName({ operation }: OperationDefinitionNode): string {
  return operation === 'mutation' ? 'Mutation' : operation === 'subscription' ? 'Subscription' : 'Query';
}
