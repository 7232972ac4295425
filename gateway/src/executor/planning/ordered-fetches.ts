/**
 * Keeps the query planner from walking in circles. It holds the fetches of a plan as a graph, by which waits for which. Two
 * that ask one subgraph about the same objects are merged; where one of them waits for the other, as with deferred
 * fragments on objects of an interface that a subgraph knows as an object, what is left waits for itself, and the planner
 * walks that circle for minutes, or until it has filled the memory. A fetch need not wait for itself. The planner also
 * takes every way through the graph where it is enough to come to each fetch once: the ways multiply with the fetches.
 *
 * It has no seam for this: the methods of its classes, which it does not export, are replaced once, as soon as it has made
 * its first fetch. They do what they did, and end. ADR 0037.
 */
import type { MapWithCachedArrays } from '@apollo/federation-internals';

/** The planner's own, as far as they are looked at. */
interface FetchGroup {
  readonly dependencyGraph: FetchDependencyGraph;
  /** A group that this one waits for. */
  addParent(parent: { readonly group: FetchGroup }): void;
  /** Groups that wait for this one. The array changes with `removeChild`. */
  children(): readonly FetchGroup[];
  removeChild(child: FetchGroup): void;
  isDescendantOf(ancestor: FetchGroup): boolean;
}
interface FetchDependencyGraph {
  dfsRemoveRedundantEdges(from: FetchGroup): void;
}

let isMended = false;

/** @param maps the class by which the planner's graphs know their first fetches; the planner's own. */
export function mendFetchOrder(maps: typeof MapWithCachedArrays): void {
  if (isMended) return;
  isMended = true;
  const { set } = maps.prototype;
  maps.prototype.set = function setting(key, value) {
    if (isFetchGroup(value)) {
      maps.prototype.set = set;
      mendGroups(Object.getPrototypeOf(value));
      mendGraphs(Object.getPrototypeOf(value.dependencyGraph));
    }
    return set.call(this, key, value);
  };
}

function isFetchGroup(value: unknown): value is FetchGroup {
  return typeof value === 'object' && value !== null && 'dependencyGraph' in value;
}

function mendGroups(group: FetchGroup): void {
  const { addParent } = group;
  group.addParent = function adding(parent) {
    if (parent.group !== this) addParent.call(this, parent);
  };
  group.isDescendantOf = function searching(ancestor) {
    for (const each of descendants(ancestor.children())) if (each === this) return true;
    return false;
  };
}

function mendGraphs(graph: FetchDependencyGraph): void {
  graph.dfsRemoveRedundantEdges = (from) => {
    const seen = new Set<FetchGroup>();
    for (const child of from.children()) {
      for (const each of descendants(child.children(), seen)) {
        if (each === from) throw new RangeError('the planner has a fetch wait for itself');
        from.removeChild(each);
      }
    }
  };
}

/** In the planner's order, each once. @param seen need not be walked again. */
function* descendants(from: readonly FetchGroup[], seen = new Set<FetchGroup>()): Generator<FetchGroup> {
  const stack = [...from];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    yield next;
    stack.push(...next.children());
  }
}
