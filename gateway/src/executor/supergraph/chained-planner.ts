/**
 * Plans operations with fields that require what itself requires something. The query planner puts together fetches of
 * such fields that have to come one after the other, and asks subgraphs for what they do not have. So it is given the
 * graph without requirements and an operation that selects what is required, and its plan is put in order afterwards.
 */
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError } from 'graphql';
import { withBoundedOptions } from '../planning/bounded-options.ts';
import { hasDeferredFragments } from '../planning/deferred-fragments.ts';
import { withDroppedMembers } from '../planning/dropped-members.ts';
import { plansToWeigh } from '../planning/plan-budget.ts';
import { withRequirementsApart } from '../planning/requirements-apart.ts';
import { withRequirementsSelected } from '../planning/selected-requirements.ts';
import { chainedRequirements, withoutRequirements } from './required-selections.ts';
import type { SubgraphMembers } from './subgraph-members.ts';
import { subgraphTypes } from './subgraph-types.ts';
import { typeFacts, typeRelations } from './type-relations.ts';

export interface ChainedPlanner {
  /**
   * @param document as for any planner. @returns undefined for an operation without such fields, or where they go round in a circle.
   * @throws GraphQLError where a part of such an operation is deferred: parts have an order of their own.
   */
  plan(
    document: DocumentNode,
    operationName: string | undefined,
    overrideConditions: ReadonlyMap<string, boolean>,
  ): QueryPlan | undefined;
}

/** @param document as the planner plans over it. @returns undefined for a graph without such fields. */
export function chainedPlanner(
  document: DocumentNode,
  building: Parameters<typeof Supergraph.build>[1],
  members: SubgraphMembers,
): ChainedPlanner | undefined {
  const required = chainedRequirements(document);
  if (required === undefined) return undefined;
  const supergraph = Supergraph.build(withoutRequirements(document), building);
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const schema = supergraph.schema.toGraphQLJSSchema();
  const facts = { required, types: typeRelations(typeFacts(schema)), subgraphs: subgraphTypes(supergraph) };
  const { debug: weighed } = Reflect.get(planner, 'config') as { debug: { maxEvaluatedPlans: number } };
  return {
    plan(operation, operationName, overrideConditions) {
      const selected = withRequirementsSelected(operation, schema, required);
      if (!selected.isChained) return undefined;
      if (hasDeferredFragments(operation)) {
        throw new GraphQLError('Fields that require what requires something itself are not deferred.');
      }
      weighed.maxEvaluatedPlans = plansToWeigh(selected.document);
      const named = operationName === undefined ? {} : { operationName };
      const asked = operationFromDocument(supergraph.schema, selected.document, named);
      const plan = withBoundedOptions(
        () => planner.buildQueryPlan(asked, { overrideConditions: new Map(overrideConditions) }),
        () => {
          weighed.maxEvaluatedPlans = plansToWeigh(selected.document, true);
        },
      );
      return withRequirementsApart(withDroppedMembers(plan, selected.document, schema, members), facts);
    },
  };
}
