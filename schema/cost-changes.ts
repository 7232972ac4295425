/**
 * Which operations are estimated to cost more over another supergraph: by `@cost`, `@listSize`, or a list where there was
 * none. Budgets of clients are counted in it, and gateways that enforce it refuse what costs more than one operation may. Estimated as gateways do that have no settings of their own, with the variables'
 * defaults: what callers ask for beyond is theirs before and after.
 */
import { isMarqueeError } from '@marquee/service-kit';
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { type CostModel, costModel } from '../gateway/src/demand-control/cost-model.ts';
import { DEMAND_CONTROL_VARIABLES } from '../gateway/src/demand-control/demand-control-options.ts';
import { estimatedCost } from '../gateway/src/demand-control/estimated-cost.ts';
import type { OperationInUse, SchemaChange } from './schema-changes.ts';

/** Where nobody sets it. */
const LIST_SIZE = DEMAND_CONTROL_VARIABLES.MARQUEE_COST_LIST_SIZE.parse(undefined);
const MAX_COST = DEMAND_CONTROL_VARIABLES.MARQUEE_COST_MAX.parse(undefined);

/** One finding for each operation. @param before and @param after supergraphs. */
export function findCostChanges(
  api: GraphQLSchema,
  before: DocumentNode,
  after: DocumentNode,
  operations: readonly OperationInUse[],
): readonly SchemaChange[] {
  const [was, is] = [costModel(before), costModel(after)];
  return operations.flatMap((operation): SchemaChange[] => {
    const { name, clients = [], document } = operation;
    const [old, now] = [costOf(was, api, document), costOf(is, api, document)];
    if (old === undefined || (now !== undefined && now <= old)) return [];
    const refused = now === undefined || (old <= MAX_COST && now > MAX_COST);
    const description =
      now === undefined
        ? `Operation ${name} does not say any more how long its lists may be.`
        : `Operation ${name} is estimated at a cost of ${now}, not ${old}${refused ? `; gateways that enforce costs refuse more than ${MAX_COST}` : ''}.`;
    const criticality = refused ? 'breaking' : 'dangerous';
    const affected = { name, clients, refused };
    return [{ criticality, kind: 'OPERATION_COST_RAISED', description, operations: [affected] }];
  });
}

/** Undefined where gateways would refuse to estimate it. The dearest, where a document has several. */
function costOf(model: CostModel, api: GraphQLSchema, document: DocumentNode): number | undefined {
  const costs = document.definitions.flatMap((operation): (number | undefined)[] => {
    if (operation.kind !== Kind.OPERATION_DEFINITION) return [];
    const rootType = api.getRootType(operation.operation)?.name;
    if (rootType === undefined) return [];
    try {
      const asked = { document, operation, rootType, variables: defaultsOf(operation) };
      return [estimatedCost(model, asked, { listSize: LIST_SIZE })];
    } catch (error) {
      if (!isMarqueeError(error)) throw error;
      return [undefined];
    }
  });
  return costs.some((cost) => cost === undefined) ? undefined : Math.max(0, ...(costs as number[]));
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }): [string, unknown][] =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );
}
