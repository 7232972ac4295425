/**
 * Translates planned fetches back from virtual fields (see `virtual-fields.ts`): the subgraph that resolves one is
 * asked for the real field with its arguments, and a subgraph that requires several of one real field is asked
 * once for each, because a representation has room for one value.
 */
import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { VirtualFields } from '../supergraph/virtual-fields.ts';
import { forEachEntityField, withEntityFields } from './entity-fields.ts';
import { operationOf } from './selection.ts';

export interface FetchPart {
  readonly operation: string;
  readonly requires: FetchNode['requires'];
  /** Of the client. */
  readonly variableNames: readonly string[];
}

export function splitByRequirements(node: FetchNode, virtual: VirtualFields): readonly FetchPart[] {
  const variableNames = node.variableUsages ?? [];
  if (virtual.byName.size === 0) {
    return [{ operation: node.operation, requires: node.requires, variableNames }];
  }
  const operation = operationOf(node.operation);
  const { requires } = node;
  if (requires === undefined || !hasConflict(requires, virtual)) {
    return [{ operation: translated(operation, virtual), requires, variableNames }];
  }
  return groups(operation, node.serviceName, virtual).map((group) => {
    const part = withEntityFields(operation, (field) => group.fields.has(field));
    const used = new Set(part.variableDefinitions?.map(({ variable }) => variable.name.value));
    return {
      operation: translated(part, virtual),
      requires: withoutOthers(requires, group.required, virtual),
      variableNames: variableNames.filter((name) => used.has(name)),
    };
  });
}

/** Fields of the fetched entities that can be asked for together. */
interface Group {
  readonly fields: Set<FieldNode>;
  /** Virtual names. */
  readonly required: Set<string>;
}

function groups(operation: OperationDefinitionNode, subgraph: string, virtual: VirtualFields): Group[] {
  const found: Group[] = [];
  forEachEntityField(operation, (field, type) => {
    const required = virtual.requiredBy(subgraph, type, field.name.value);
    const fits = found.find(
      (group) => required.size === 0 || !conflict([...group.required, ...required], virtual),
    );
    const group = fits ?? { fields: new Set(), required: new Set() };
    if (fits === undefined) found.push(group);
    group.fields.add(field);
    for (const name of required) group.required.add(name);
  });
  return found;
}

/** Two different virtual fields of one real field. Conservative: also where they stand at different places. */
function conflict(names: readonly string[], virtual: VirtualFields): boolean {
  const byReal = new Map<string | undefined, string>();
  for (const name of names) {
    const real = virtual.byName.get(name)?.name;
    const known = byReal.get(real) ?? name;
    if (known !== name) return true;
    byReal.set(real, known);
  }
  return false;
}

function hasConflict(selections: readonly QueryPlanSelectionNode[], virtual: VirtualFields): boolean {
  const names: string[] = [];
  const walk = (nodes: readonly QueryPlanSelectionNode[]): void => {
    for (const node of nodes) {
      if (node.kind === 'Field' && virtual.byName.has(node.name)) names.push(node.name);
      walk(node.selections ?? []);
    }
  };
  walk(selections);
  return conflict(names, virtual);
}

/** What is required, less the virtual fields that other groups need. */
function withoutOthers(
  selections: readonly QueryPlanSelectionNode[],
  required: ReadonlySet<string>,
  virtual: VirtualFields,
): QueryPlanSelectionNode[] {
  return selections.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'Field' && virtual.byName.has(node.name) && !required.has(node.name)) return [];
    if (node.selections === undefined) return [node];
    const below = withoutOthers(node.selections, required, virtual);
    return below.length === 0 ? [] : [{ ...node, selections: below }];
  });
}

function translated(operation: OperationDefinitionNode, virtual: VirtualFields): string {
  const text = print(
    visit(operation, {
      Field(field) {
        const real = virtual.byName.get(field.name.value);
        if (real === undefined) return undefined;
        return {
          ...field,
          alias: field.alias ?? field.name,
          name: { kind: Kind.NAME, value: real.name },
          arguments: real.arguments,
        };
      },
    }),
  );
  return stripIgnoredCharacters(text);
}
