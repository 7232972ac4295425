/**
 * The order of a plan that was made without requirements, over a graph where what is required may require something
 * itself: the query planner puts fetches together that have to come one after the other, and asks a subgraph for what
 * it does not have. Here the planner only finds where each field is; the fields that require something are taken out
 * of its fetches, and everything is put in the order in which it comes to be known. Pure.
 */
import type { PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';
import { operationOf } from '../plan/selection.ts';
import { type LiftingFacts, liftRequiring, NotLiftable, type PlacedFetch } from './lifted-fields.ts';

/** A fetch of the new plan. */
interface Item extends PlacedFetch {
  /** The conditions that it stands under. */
  readonly wrapped: (node: PlanNode) => PlanNode;
  /** Of a lifted one: the places below which everything is found with it. */
  readonly places: readonly string[];
  /** What it waits for. */
  readonly after: Set<Item>;
}

/** @returns undefined where what is required goes round in a circle, and for plans with contexts or deferred parts. */
export function withRequirementsApart(plan: QueryPlan, facts: LiftingFacts): QueryPlan | undefined {
  try {
    return inNewOrder(plan, facts);
  } catch (error) {
    if (error instanceof NotLiftable) return undefined;
    throw error;
  }
}

function inNewOrder(plan: QueryPlan, facts: LiftingFacts): QueryPlan | undefined {
  const { node } = plan;
  if (node === undefined) return plan;
  if (node.kind === 'Subscription') {
    const nodes: PlanNode[] = node.rest === undefined ? [node.primary] : [node.primary, node.rest];
    const [first, ...rest] = levelsOf({ kind: 'Sequence', nodes }, facts) ?? [];
    if (first?.kind !== 'Fetch') return undefined;
    return { ...plan, node: { ...node, primary: first, rest: sequence(rest) } };
  }
  const levels = levelsOf(node, facts);
  return levels && { ...plan, node: sequence(levels) };
}

function sequence(nodes: readonly PlanNode[]): PlanNode | undefined {
  return nodes.length > 1 ? { kind: 'Sequence', nodes: [...nodes] } : nodes[0];
}

function levelsOf(node: PlanNode, facts: LiftingFacts): PlanNode[] | undefined {
  const planned: Item[] = [];
  const lifted: Item[] = [];
  collect(node, [], new Set(), (same) => same, planned, lifted, facts);
  for (const item of planned) {
    const at = placeOf(item.path);
    for (const each of lifted) if (each.places.some((place) => isWithin(at, place))) item.after.add(each);
  }
  // What a lifted fetch requires may be lifted itself, or wait for something that is.
  const all = [...planned, ...lifted];
  const written = new Map(all.map((item) => [item, writtenBy(item)]));
  for (const item of lifted) {
    const needed = requiredBy(item.node.requires ?? [], item.path);
    for (const other of all) {
      if (other === item || !needed.some((place) => written.get(other)?.has(place))) continue;
      if (!waitsFor(other, item)) item.after.add(other);
    }
  }
  return inLevels(all);
}

/** @returns everything in the node, for what comes after it. */
function collect(
  node: PlanNode,
  path: readonly string[],
  before: ReadonlySet<Item>,
  wrapped: Item['wrapped'],
  planned: Item[],
  lifted: Item[],
  facts: LiftingFacts,
): readonly Item[] {
  switch (node.kind) {
    case 'Sequence': {
      const all: Item[] = [];
      for (const child of node.nodes) {
        const earlier = new Set([...before, ...all]);
        all.push(...collect(child, path, earlier, wrapped, planned, lifted, facts));
      }
      return all;
    }
    case 'Parallel':
      return node.nodes.flatMap((child) => collect(child, path, before, wrapped, planned, lifted, facts));
    case 'Flatten':
      return collect(node.node, [...path, ...node.path.map(String)], before, wrapped, planned, lifted, facts);
    case 'Condition': {
      const { condition, ifClause, elseClause } = node;
      const yes: Item['wrapped'] = (inner) => wrapped({ kind: 'Condition', condition, ifClause: inner });
      const no: Item['wrapped'] = (inner) => wrapped({ kind: 'Condition', condition, elseClause: inner });
      return [
        ...(ifClause ? collect(ifClause, path, before, yes, planned, lifted, facts) : []),
        ...(elseClause ? collect(elseClause, path, before, no, planned, lifted, facts) : []),
      ];
    }
    case 'Fetch': {
      if (node.contextRewrites !== undefined) throw new NotLiftable('contexts are not put in order here');
      const { rest, lifted: taken } = liftRequiring({ node, path }, facts);
      const item: Item | undefined = rest && {
        node: rest,
        path,
        wrapped,
        places: [],
        after: new Set(before),
      };
      if (item !== undefined) planned.push(item);
      const origin = new Set(item === undefined ? before : [item]);
      for (const each of taken) addLifted(each, origin, wrapped, lifted, facts);
      return item === undefined ? [] : [item];
    }
    default:
      throw new NotLiftable('deferred parts have an order of their own');
  }
}

/** And what has to be taken out of its own objects. */
function addLifted(
  fetch: ReturnType<typeof liftRequiring>['lifted'][number],
  origin: ReadonlySet<Item>,
  wrapped: Item['wrapped'],
  lifted: Item[],
  facts: LiftingFacts,
): void {
  const { rest, lifted: taken } = liftRequiring(fetch, facts, true);
  if (rest === undefined) return;
  const { path, fields } = fetch;
  const places = fields.map((field) => placeOf([...path, field]));
  const item: Item = { node: rest, path, wrapped, places, after: new Set(origin) };
  lifted.push(item);
  for (const each of taken) addLifted(each, new Set([item]), wrapped, lifted, facts);
}

/** Each level side by side; undefined where some wait for each other. */
function inLevels(items: readonly Item[]): PlanNode[] | undefined {
  const levels: PlanNode[] = [];
  const done = new Set<Item>();
  while (done.size < items.length) {
    const next = items.filter((item) => !done.has(item) && [...item.after].every((each) => done.has(each)));
    if (next.length === 0) return undefined;
    for (const item of next) done.add(item);
    const nodes = next.map(({ node, path, wrapped }) =>
      wrapped(path.length === 0 ? node : { kind: 'Flatten', path: [...path], node }),
    );
    levels.push(nodes.length > 1 ? { kind: 'Parallel', nodes } : (nodes[0] as PlanNode));
  }
  return levels;
}

function waitsFor(item: Item, other: Item, seen = new Set<Item>()): boolean {
  if (item === other) return true;
  if (seen.has(item)) return false;
  seen.add(item);
  return [...item.after].some((each) => waitsFor(each, other, seen));
}

/** Places are paths without lists: `stops.next.code`. */
function placeOf(path: readonly string[]): string {
  return path.filter((part) => part !== '@').join('.');
}

function isWithin(place: string, other: string): boolean {
  return place === other || place.startsWith(`${other}.`);
}

function requiredBy(selections: readonly QueryPlanSelectionNode[], path: readonly string[]): string[] {
  return selections.flatMap((selection): string[] => {
    if (selection.kind === 'InlineFragment') return requiredBy(selection.selections, path);
    if (selection.name === '__typename') return [];
    const at = [...path, selection.alias ?? selection.name];
    return selection.selections === undefined ? [placeOf(at)] : requiredBy(selection.selections, at);
  });
}

function writtenBy({ node, path }: PlacedFetch): ReadonlySet<string> {
  const places = new Set<string>();
  const walk = (set: SelectionSetNode, at: readonly string[]): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      const isField = selection.kind === Kind.FIELD && selection.name.value !== '_entities';
      const below = isField ? [...at, (selection.alias ?? selection.name).value] : at;
      if (isField) places.add(placeOf(below));
      if (selection.selectionSet !== undefined) walk(selection.selectionSet, below);
    }
  };
  walk(operationOf(node.operation).selectionSet, path);
  return places;
}
