/**
 * Fetches of entities that one subgraph is asked for at the same moment, as one request: each keeps its own
 * `_entities` field under an alias and its own representations.
 */
import {
  type FieldNode,
  Kind,
  type NameNode,
  print,
  type SelectionNode,
  stripIgnoredCharacters,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { SubgraphError, SubgraphResult } from '../../data-source/data-source.ts';
import type { Data } from './data.ts';
import { operationOf } from './selection.ts';
import type { FetchStep } from './steps.ts';

/** A step with the operation of several. */
export interface MergedFetch {
  readonly step: FetchStep;
  /** @param all variables of each member, in the members' order. */
  variables(all: readonly Data[]): Data;
  /** What each member would have been answered. */
  split(result: SubgraphResult): SubgraphResult[];
}

const REPRESENTATIONS = 'representations';

/** @returns undefined where a client's variable has a name that is needed here. */
export function mergeFetches(members: readonly FetchStep[]): MergedFetch | undefined {
  const definitions = new Map<string, VariableDefinitionNode>();
  const selections: SelectionNode[] = [];
  for (const [index, member] of members.entries()) {
    if (member.variableNames.some((name) => name.startsWith(`${REPRESENTATIONS}_`))) return undefined;
    const operation = visit(operationOf(member.query), {
      Variable: ({ name: { value } }) =>
        value === REPRESENTATIONS || member.context?.variables.has(value)
          ? { kind: Kind.VARIABLE, name: nameNode(nameOf(value, index)) }
          : undefined,
    });
    for (const definition of operation.variableDefinitions ?? []) {
      definitions.set(definition.variable.name.value, definition);
    }
    for (const selection of operation.selectionSet.selections) {
      if (selection.kind !== Kind.FIELD || selection.name.value !== '_entities') return undefined;
      selections.push({ ...selection, alias: nameNode(nameOf('entities', index)) } satisfies FieldNode);
    }
  }
  const [first] = members as [FetchStep];
  const query = stripIgnoredCharacters(
    print({
      kind: Kind.OPERATION_DEFINITION,
      operation: operationOf(first.query).operation,
      ...(first.operationName === undefined ? {} : { name: nameNode(first.operationName) }),
      variableDefinitions: [...definitions.values()],
      selectionSet: { kind: Kind.SELECTION_SET, selections },
    }),
  );
  return {
    step: { ...first, query },
    variables(all) {
      const merged: Data = {};
      for (const [index, variables] of all.entries()) {
        const own = members[index]?.context?.variables;
        for (const [name, value] of Object.entries(variables)) {
          merged[name === REPRESENTATIONS || own?.has(name) ? nameOf(name, index) : name] = value;
        }
      }
      return merged;
    },
    split: ({ data, errors, keeping }) => {
      const errorsOf = members.map((): SubgraphError[] => []);
      for (const error of errors ?? []) {
        const own = errorsOf[indexOf(error.path?.[0])];
        // What is about no entity cost all members what they asked for where nothing else was answered.
        const isOfAll = own === undefined || (!data && typeof error.path?.[1] !== 'number');
        for (const each of isOfAll ? errorsOf : [own]) each.push(error);
      }
      return members.map((_, index) => {
        const own = errorsOf[index] ?? [];
        return {
          data: data ? { _entities: data[nameOf('entities', index)] } : null,
          ...(own.length === 0 ? {} : { errors: own }),
          ...(keeping === undefined ? {} : { keeping }),
        };
      });
    },
  };
}

function nameOf(what: string, index: number): string {
  return `${what}_${index}`;
}

function indexOf(alias: string | number | undefined): number {
  return typeof alias === 'string' && alias.startsWith('entities_')
    ? Number(alias.slice('entities_'.length))
    : -1;
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}
