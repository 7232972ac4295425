/**
 * What an operation may cost, before it runs: every field as often as the lists around it may have items.
 * An upper bound as far as the sizes are right; the parts of an operation are summed, also those of fragments of
 * which only one can apply. Pure, and linear in the operation with its fragments spread.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from '../executor/planning/conditions.ts';
import { argumentsCost, slicedSize, type Variables } from './argument-cost.ts';
import { type CostModel, MUTATION_COST } from './cost-model.ts';

export interface CostedOperation {
  /** Valid over the schema, within the limits of documents. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly rootType: string;
  /** With defaults. */
  readonly variables: Variables;
}

export interface EstimateOptions {
  /** Items of a list that nothing says more about. */
  readonly listSize: number;
  /** Whether a list that is asked for without the argument that bounds it is refused. Default: yes. */
  readonly requiresSlices?: boolean;
}

/** What a field says about the size of lists right below it. */
interface Sized {
  readonly fields: ReadonlySet<string>;
  readonly size: number;
}

/** @throws MarqueeError BAD_USER_INPUT where a list is asked for without the argument that bounds it. */
export function estimatedCost(
  model: CostModel,
  asked: CostedOperation,
  { listSize, requiresSlices = true }: EstimateOptions,
): number {
  const { operation, variables, rootType } = asked;
  const fragments = fragmentsOf(asked.document);

  function selectionCost(type: string, set: SelectionSetNode, sized: Sized | undefined): number {
    let cost = 0;
    for (const selection of set.selections) {
      if (!isIncluded(selection.directives, variables)) continue;
      if (selection.kind === Kind.FIELD) cost += fieldCost(type, selection, sized);
      else {
        const inside =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (inside === undefined) continue;
        cost += selectionCost(inside.typeCondition?.name.value ?? type, inside.selectionSet, sized);
      }
    }
    return cost;
  }

  function fieldCost(type: string, field: FieldNode, sized: Sized | undefined): number {
    const definition = model.field(type, field.name.value);
    // `__typename` and introspection cost no subgraph anything.
    if (definition === undefined) return 0;
    const { listSize: sizing } = definition;
    const size =
      sizing === undefined
        ? undefined
        : slicedSize(model, sizing, definition, field, variables, requiresSlices);
    const own = sizing === undefined || sizing.sizedFields.size === 0 ? size : undefined;
    const upstream = sized?.fields.has(field.name.value) ? sized.size : undefined;
    const count = definition.isList ? (upstream ?? own ?? listSize) : 1;
    const below =
      sizing !== undefined && size !== undefined && sizing.sizedFields.size > 0
        ? { fields: sizing.sizedFields, size }
        : undefined;
    const inside =
      field.selectionSet === undefined ? 0 : selectionCost(definition.typeName, field.selectionSet, below);
    const required = definition.requires.reduce((sum, set) => sum + selectionCost(type, set, undefined), 0);
    return (
      count * (definition.weight + inside) + argumentsCost(model, definition, field, variables) + required
    );
  }

  const base = operation.operation === 'mutation' ? MUTATION_COST : 0;
  return base + selectionCost(rootType, operation.selectionSet, undefined);
}

export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((definition): [string, FragmentDefinitionNode][] =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}
