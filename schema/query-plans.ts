/**
 * How the gateway will fetch the shipped queries, as text for a reviewer: a schema change that costs another
 * round trip shows up as another `Fetch`.
 */
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { prettyFormatQueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, Kind } from 'graphql';
import type { TrustedDocument } from './trusted-documents.ts';

/** Mutations are left out: each is one fetch, and then what a query would do. */
export function queryPlans(
  supergraphSdl: string,
  documents: readonly TrustedDocument[],
): readonly { readonly name: string; readonly plan: string }[] {
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: null });
  const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } });
  const apiSchema = supergraph.apiSchema();
  return documents.filter(isQuery).map(({ name, document }) => {
    const plan = planner.buildQueryPlan(operationFromDocument(apiSchema, document));
    return { name, plan: `${prettyFormatQueryPlan(plan)}\n` };
  });
}

/** One operation's plan, of any kind. @param document valid, with one operation. */
export function planText(supergraphSdl: string, document: DocumentNode): string {
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: null });
  const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } });
  return prettyFormatQueryPlan(
    planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), document)),
  );
}

function isQuery({ document }: TrustedDocument): boolean {
  return document.definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'query',
  );
}
