/** The fetches of a plan, wherever in it they stand. Pure. */
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';

/** @param path of the node; `act` is told that of each fetch. Nothing of a subscription. */
export function eachFetch(
  node: QueryPlan['node'] | PlanNode,
  path: readonly string[],
  act: (node: FetchNode, path: readonly string[]) => void,
): void {
  switch (node?.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) eachFetch(child, path, act);
      return;
    case 'Flatten':
      eachFetch(node.node, [...path, ...node.path.map(String)], act);
      return;
    case 'Condition':
      eachFetch(node.ifClause, path, act);
      eachFetch(node.elseClause, path, act);
      return;
    case 'Defer':
      eachFetch(node.primary.node, path, act);
      for (const { node: later } of node.deferred) eachFetch(later, path, act);
      return;
    case 'Fetch':
      act(node, path);
  }
}

/** The same plan with other fetches in their places. */
export function withFetches(node: PlanNode, changed: ReadonlyMap<FetchNode, FetchNode>): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => withFetches(child, changed)) };
    case 'Flatten':
      return { ...node, node: withFetches(node.node, changed) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause && { ifClause: withFetches(node.ifClause, changed) }),
        ...(node.elseClause && { elseClause: withFetches(node.elseClause, changed) }),
      };
    case 'Defer':
      return {
        ...node,
        primary: {
          ...node.primary,
          ...(node.primary.node && { node: withFetches(node.primary.node, changed) }),
        },
        deferred: node.deferred.map((part) => ({
          ...part,
          ...(part.node && { node: withFetches(part.node, changed) }),
        })),
      };
    case 'Fetch':
      return changed.get(node) ?? node;
  }
}
