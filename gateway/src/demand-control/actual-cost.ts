/**
 * What an answer cost: the same weights for the objects and values that are really there. Types of objects behind
 * interfaces and unions are known where the client asked for `__typename` under its own name; else the weight of the
 * declared type counts, and the fields of every fragment that the object has. Pure.
 */
import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { isIncluded } from '../executor/planning/conditions.ts';
import { argumentsCost } from './argument-cost.ts';
import { type CostModel, MUTATION_COST } from './cost-model.ts';
import { type CostedOperation, fragmentsOf } from './estimated-cost.ts';

type Data = Readonly<Record<string, unknown>>;

interface SelectedField {
  readonly type: string;
  readonly nodes: FieldNode[];
}

/** @param data of the answer; null costs nothing but the operation. */
export function actualCost(model: CostModel, asked: CostedOperation, data: Data | null | undefined): number {
  const { operation, variables, rootType } = asked;
  const fragments = fragmentsOf(asked.document);

  function objectCost(type: string, sets: readonly SelectionSetNode[], object: Data): number {
    const fields = new Map<string, SelectedField>();
    for (const set of sets) collect(type, set, object, fields);
    let cost = 0;
    for (const [name, selected] of fields) cost += fieldCost(selected, object[name]);
    return cost;
  }

  /** What several fragments select under one name is there once. */
  function collect(
    type: string,
    set: SelectionSetNode,
    object: Data,
    fields: Map<string, SelectedField>,
  ): void {
    for (const selection of set.selections) {
      if (!isIncluded(selection.directives, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        if (!Object.hasOwn(object, name)) continue;
        const known = fields.get(name);
        if (known === undefined) fields.set(name, { type, nodes: [selection] });
        else known.nodes.push(selection);
        continue;
      }
      const inside =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (inside !== undefined) {
        collect(inside.typeCondition?.name.value ?? type, inside.selectionSet, object, fields);
      }
    }
  }

  function fieldCost({ type, nodes }: SelectedField, value: unknown): number {
    const [field] = nodes;
    const definition = field && model.field(type, field.name.value);
    if (field === undefined || definition === undefined) return 0;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const valueCost = (each: unknown): number => {
      if (each === null || each === undefined) return 0;
      if (Array.isArray(each)) return each.reduce<number>((sum, item) => sum + valueCost(item), 0);
      if (sets.length === 0 || typeof each !== 'object') return definition.weight;
      const object = each as Data;
      const typeName = typeof object.__typename === 'string' ? object.__typename : definition.typeName;
      const weight = definition.hasOwnWeight ? definition.weight : model.typeWeight(typeName);
      return weight + objectCost(definition.typeName, sets, object);
    };
    return valueCost(value) + argumentsCost(model, definition, field, variables);
  }

  const base = operation.operation === 'mutation' ? MUTATION_COST : 0;
  return data === null || data === undefined
    ? base
    : base + objectCost(rootType, [operation.selectionSet], data);
}
