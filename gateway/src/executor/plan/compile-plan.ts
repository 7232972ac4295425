/** Makes steps of a query plan. */
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import type { FindUnwantedParents } from '../planning/unwanted-parents.ts';
import type { LoadedSupergraph } from '../supergraph/supergraph.ts';
import { compileContextArguments } from './context-arguments.ts';
import { compileRepresent, requiredParts } from './representations.ts';
import { type FetchPart, splitByRequirements } from './required-arguments.ts';
import { compileRewrites } from './rewrites.ts';
import { withoutRootConditions } from './root-conditions.ts';
import { nestedPaths } from './selection.ts';
import type { DeferredSteps, FetchStep, Step } from './steps.ts';
import { unrequiring } from './unrequiring.ts';

export interface PlannedOperation {
  /** Absent where nothing has to be fetched, e.g. for introspection alone. */
  readonly step: Step | undefined;
  readonly fetches: readonly FetchStep[];
  /** What comes after `step`, side by side. */
  readonly deferred: readonly DeferredSteps[];
}

type Supergraph = Pick<LoadedSupergraph, 'types' | 'virtualFields' | 'requirements'>;

interface Compilation extends Supergraph {
  readonly parentsOf: FindUnwantedParents;
  readonly fetches: { readonly node: FetchNode; readonly path: readonly string[] }[];
  readonly compiled: FetchStep[];
}

/** @param parentsOf Default: fetches are made for objects of all types. */
export function compilePlan(
  plan: QueryPlan,
  supergraph: Supergraph,
  parentsOf: FindUnwantedParents = () => undefined,
): PlannedOperation {
  const { node } = plan;
  if (node === undefined) return { step: undefined, fetches: [], deferred: [] };
  const compilation: Compilation = { ...supergraph, parentsOf, fetches: [], compiled: [] };
  if (node.kind === 'Subscription') {
    // For each event the first fetch has its answer already; the rest is as for a query.
    const nodes: PlanNode[] = node.rest === undefined ? [node.primary] : [node.primary, node.rest];
    const whole: PlanNode = { kind: 'Sequence', nodes };
    collectFetches(whole, [], compilation.fetches);
    const step = compileNode(whole, [], compilation);
    return { step, fetches: compilation.compiled, deferred: [] };
  }
  collectFetches(node, [], compilation.fetches);
  const { step, deferred } = compileDeferring(node, compilation);
  return { step, fetches: compilation.compiled, deferred };
}

function compileDeferring(
  node: PlanNode | undefined,
  compilation: Compilation,
): Pick<PlannedOperation, 'step' | 'deferred'> {
  if (node === undefined) return { step: undefined, deferred: [] };
  if (node.kind !== 'Defer') return { step: compileNode(node, [], compilation), deferred: [] };
  const first = node.primary.node;
  return {
    step: first && compileNode(first, [], compilation),
    deferred: node.deferred.flatMap(({ label, node: later }): readonly DeferredSteps[] => {
      const { step, deferred } = compileDeferring(later, compilation);
      // Where nothing has to be fetched for a fragment, what is nested in it does not wait for it.
      return step === undefined || label === undefined ? deferred : [{ label, step, deferred }];
    }),
  };
}

function compileNode(node: PlanNode, path: readonly string[], compilation: Compilation): Step | undefined {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel': {
      const steps = node.nodes.flatMap((child) => compileNode(child, path, compilation) ?? []);
      return steps.length === 1
        ? steps[0]
        : { kind: node.kind === 'Sequence' ? 'sequence' : 'parallel', steps };
    }
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path.map(String)], compilation);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        ifTrue: node.ifClause && compileNode(node.ifClause, path, compilation),
        ifFalse: node.elseClause && compileNode(node.elseClause, path, compilation),
      };
    case 'Fetch':
      return compileFetch(node, path, compilation);
    case 'Defer':
      throw new Error('the plan defers something inside a step');
  }
}

function compileFetch(node: FetchNode, path: readonly string[], compilation: Compilation): Step {
  const parts = splitByRequirements(node, compilation.virtualFields).map((part) =>
    fetchStep(node, part, path, compilation),
  );
  return parts.length === 1 ? (parts[0] as Step) : { kind: 'parallel', steps: parts };
}

function fetchStep(
  node: FetchNode,
  part: FetchPart,
  path: readonly string[],
  compilation: Compilation,
): FetchStep {
  const { requires } = part;
  const { types, virtualFields, requirements, fetches, compiled } = compilation;
  const realName = (name: string) => virtualFields.byName.get(name)?.name ?? name;
  const context = compileContextArguments(node.contextRewrites, types);
  const responseNames = new Map<string, string>();
  for (const rewrite of node.outputRewrites ?? []) {
    const key = rewrite.path.at(-1);
    if (rewrite.kind === 'KeyRenamer' && key !== undefined) responseNames.set(key, rewrite.renameKeyTo);
  }
  for (const [name, { name: real }] of virtualFields.byName) responseNames.set(name, real);
  const forOthers = unrequiring(part, node.serviceName, requirements);
  const step: FetchStep = {
    kind: 'fetch',
    forOthers: forOthers && fetchStep(node, forOthers, path, compilation),
    id: compiled.length,
    subgraph: node.serviceName,
    path,
    parents: requires && compilation.parentsOf(path, part.operation),
    query: requires === undefined ? withoutRootConditions(part.operation) : part.operation,
    operationName: node.operationName,
    operationKind: node.operationKind,
    context,
    variableNames: part.variableNames.filter((name) => !context?.variables.has(name)),
    represent:
      requires &&
      compileRepresent(
        requiredParts(requires, realName),
        compileRewrites(node.inputRewrites, types),
        types,
        (name) => requirements.isKeyField(node.serviceName, name),
      ),
    rewriteOutput: compileRewrites(node.outputRewrites, types),
    mayShare: requires !== undefined && mayShare(node, path, fetches),
    responseNames,
  };
  compiled.push(step);
  return step;
}

/** Nested objects that no other fetch writes come to be the same for all places of an entity, or nowhere. */
function mayShare(node: FetchNode, path: readonly string[], fetches: Compilation['fetches']): boolean {
  // What is above a place decides over what is found at it.
  if (fetches.some((fetch) => fetch.node.contextRewrites !== undefined)) return false;
  const mine = nestedPaths(node.operation, path);
  if (mine.size === 0) return true;
  return fetches.every(
    (other) =>
      other.node === node || ![...nestedPaths(other.node.operation, other.path)].some((at) => mine.has(at)),
  );
}

function collectFetches(
  node: PlanNode | undefined,
  path: readonly string[],
  into: Compilation['fetches'],
): void {
  switch (node?.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) collectFetches(child, path, into);
      return;
    case 'Flatten':
      collectFetches(node.node, [...path, ...node.path.map(String)], into);
      return;
    case 'Condition':
      collectFetches(node.ifClause, path, into);
      collectFetches(node.elseClause, path, into);
      return;
    case 'Defer':
      collectFetches(node.primary.node, path, into);
      for (const { node: later } of node.deferred) collectFetches(later, path, into);
      return;
    case 'Fetch':
      into.push({ node, path });
      return;
  }
}
