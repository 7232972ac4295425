/**
 * Fetches before the fetch that gets what they require. Where an entity is reached over a chain of keys, the query planner
 * may lose that one fetch waits for another, and put it first: its subgraph would be sent a representation without the
 * fields it computes from, and answer wrongly. Such a fetch is put behind.
 */
import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionNode } from 'graphql';
import { operationOf } from '../plan/selection.ts';

type Steps = readonly PlanNode[];

/** The same plan where everything is in order. */
export function withRequirementsFirst(plan: QueryPlan): QueryPlan {
  if (plan.node === undefined || plan.node.kind === 'Subscription') return plan;
  const node = ordered(plan.node, []);
  return node === plan.node ? plan : { ...plan, node };
}

/** @param before what is fetched before the node: what is there already need not be waited for. */
function ordered(node: PlanNode, before: Steps): PlanNode {
  switch (node.kind) {
    case 'Sequence': {
      const nodes = inOrder(
        mapped(node.nodes, (index) => [...before, ...node.nodes.slice(0, index)]),
        before,
      );
      return nodes === node.nodes ? node : { ...node, nodes: [...nodes] };
    }
    case 'Parallel': {
      const nodes = mapped(node.nodes, () => before);
      return nodes === node.nodes ? node : { ...node, nodes: [...nodes] };
    }
    case 'Defer': {
      // Each part has an order of its own, of what comes after what the primary one has fetched.
      const { primary, deferred } = node;
      const first = inItsOrder(primary, before);
      const fetched = first.node === undefined ? before : [...before, first.node];
      const parts = deferred.map((part) => inItsOrder(part, fetched));
      const isSame = first === primary && parts.every((part, index) => part === deferred[index]);
      return isSame ? node : { ...node, primary: first, deferred: parts };
    }
    default:
      return node;
  }
}

function inItsOrder<Part extends { readonly node?: PlanNode }>(part: Part, before: Steps): Part {
  const node = part.node && ordered(part.node, before);
  return node === part.node ? part : { ...part, node };
}

function mapped(nodes: Steps, before: (index: number) => Steps): Steps {
  const next = nodes.map((node, index) => ordered(node, before(index)));
  return next.every((node, index) => node === nodes[index]) ? nodes : next;
}

/** Each step is moved at most once behind each other, so that what requires each other does not go round for ever. */
function inOrder(nodes: Steps, before: Steps): Steps {
  let steps = nodes;
  for (let at = 0, moves = 0; at < steps.length && moves < nodes.length ** 2; at++) {
    const later = providerBehind(steps, at, before);
    if (later === undefined) continue;
    const provider = steps[later] as PlanNode;
    steps = [...steps.slice(0, at), provider, ...steps.slice(at, later), ...steps.slice(later + 1)];
    moves++;
    // What was moved forward may be in want of something itself.
    at--;
  }
  return steps;
}

/** Index of a later step with what the step at `at` requires and nothing before it has; only one that can go first. */
function providerBehind(steps: Steps, at: number, before: Steps): number | undefined {
  const missing = unmet(steps, at, [...before, ...steps.slice(0, at)]);
  if (missing.length === 0) return undefined;
  for (let later = at + 1; later < steps.length; later++) {
    const step = steps[later] as PlanNode;
    if (!missing.some((place) => has(step, place))) continue;
    const between = steps.slice(at, later);
    const waits = unmet(steps, later, [...before, ...steps.slice(0, at)]).some((place) =>
      between.some((each) => has(each, place)),
    );
    if (!waits) return later;
  }
  return undefined;
}

/** Places that the step requires and that nothing `known` has. */
function unmet(steps: Steps, index: number, known: Steps): readonly string[] {
  return required(steps[index] as PlanNode).filter((place) => !known.some((step) => has(step, place)));
}

/** Fields at a place, as `network.hub.vehicle`; lists are left out. */
function required(node: PlanNode): readonly string[] {
  return fetchesOf(node, []).flatMap(({ fetch, path }) =>
    (fetch.requires ?? []).flatMap((selection) =>
      topFields(selection).map((name) => [...path, name].join('.')),
    ),
  );
}

function topFields(selection: QueryPlanSelectionNode): readonly string[] {
  if (selection.kind === 'Field')
    return selection.name === '__typename' ? [] : [selection.alias ?? selection.name];
  return selection.selections.flatMap(topFields);
}

/** Looks at the text first: to read it takes longer than everything else here. */
function has(node: PlanNode, place: string): boolean {
  const name = place.slice(place.lastIndexOf('.') + 1);
  return fetchesOf(node, []).some(({ fetch, path }) => {
    const prefix = path.join('.');
    const isAbove = prefix === '' || place.startsWith(`${prefix}.`);
    return isAbove && fetch.operation.includes(name) && written(fetch, path, place);
  });
}

function written(fetch: FetchNode, path: readonly string[], place: string): boolean {
  const { selectionSet } = operationOf(fetch.operation);
  const [entities] = selectionSet.selections;
  const isOfEntities = fetch.requires !== undefined && entities?.kind === Kind.FIELD;
  return selects(
    isOfEntities ? (entities.selectionSet?.selections ?? []) : selectionSet.selections,
    path,
    place,
  );
}

function selects(selections: readonly SelectionNode[], path: readonly string[], place: string): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return selects(selection.selectionSet.selections, path, place);
    const at = [...path, (selection.alias ?? selection.name).value];
    const here = at.join('.');
    return (
      here === place ||
      (place.startsWith(`${here}.`) && selects(selection.selectionSet?.selections ?? [], at, place))
    );
  });
}

function fetchesOf(
  node: PlanNode,
  path: readonly string[],
): { readonly fetch: FetchNode; readonly path: readonly string[] }[] {
  switch (node.kind) {
    case 'Fetch':
      return [{ fetch: node, path }];
    case 'Flatten':
      return fetchesOf(node.node, [...path, ...node.path.filter((part) => part !== '@').map(String)]);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((each) => fetchesOf(each, path));
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((each) =>
        each === undefined ? [] : fetchesOf(each, path),
      );
    default:
      // Deferred parts have an order of their own.
      return [];
  }
}
