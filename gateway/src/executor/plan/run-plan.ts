/**
 * Runs the steps of a plan: sends its fetches in order, side by side where they do not need each other, and
 * merges what comes back into one tree.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { SubgraphResult } from '../../data-source/data-source.ts';
import type { TypeRelations } from '../supergraph/type-relations.ts';
import { copyOf, type Data, isData, merge } from './data.ts';
import type { Representations } from './representations.ts';
import type { FetchStep, Step } from './steps.ts';
import {
  clientErrors,
  type FailedFetch,
  fetchFailure,
  type PlacedError,
  silentAnswer,
} from './subgraph-errors.ts';
import { targetsAt } from './targets.ts';

export interface PlanRun {
  readonly types: TypeRelations;
  /** As the client sent them; the plan's operations have the defaults. */
  readonly given: Readonly<Record<string, unknown>>;
  /** With defaults, for conditions. */
  readonly coerced: Readonly<Record<string, unknown>>;
  send(step: FetchStep, variables: Data): Promise<SubgraphResult>;
  responseName(dataKey: string): string;
}

export interface GatheredData {
  readonly data: Data;
  readonly errors: readonly PlacedError[];
}

/**
 * Never rejects: what goes wrong with a fetch is among the errors, which are those of this step alone.
 * @param data gathered before, which is added to.
 */
export async function runPlan(step: Step | undefined, run: PlanRun, data: Data = {}): Promise<GatheredData> {
  const gathered: Gathered = { data, errors: [] };
  if (step !== undefined) await runStep(step, gathered, run);
  return gathered;
}

interface Gathered {
  data: Data;
  errors: PlacedError[];
}

/** Undefined: there was nothing to wait for. Not async, as what it calls: each would cost turns of the microtask queue. */
type Running = Promise<unknown> | undefined;

function runStep(step: Step, gathered: Gathered, run: PlanRun): Running {
  switch (step.kind) {
    case 'fetch':
      return runFetch(step, gathered, run);
    case 'sequence':
      return runSequence(step.steps, gathered, run);
    case 'parallel':
      return Promise.all(step.steps.map((each) => runStep(each, gathered, run)));
    case 'condition': {
      const chosen = run.coerced[step.variable] === true ? step.ifTrue : step.ifFalse;
      return chosen && runStep(chosen, gathered, run);
    }
  }
}

async function runSequence(steps: readonly Step[], gathered: Gathered, run: PlanRun): Promise<void> {
  for (const step of steps) await runStep(step, gathered, run);
}

function runFetch(step: FetchStep, gathered: Gathered, run: PlanRun): Running {
  const groups = step.context?.groups(gathered.data, step.path);
  if (groups === undefined) {
    return runFetchAt(step, targetsAt(gathered.data, step.path, step.parents), {}, gathered, run);
  }
  return Promise.all(groups.map(({ targets, values }) => runFetchAt(step, targets, values, gathered, run)));
}

/** @param context values of variables that are not the client's. */
function runFetchAt(
  step: FetchStep,
  targets: readonly Data[],
  context: Data,
  gathered: Gathered,
  run: PlanRun,
): Running {
  if (targets.length === 0) return undefined;
  const represented = step.represent?.(targets);
  const { forOthers } = step;
  const others = forOthers && targets.filter((_, index) => represented?.indexOf[index] === -1);
  if (forOthers === undefined || others === undefined || others.length === 0) {
    return runFetchFor(step, targets, represented, context, gathered, run);
  }
  return Promise.all([
    runFetchFor(step, targets, represented, context, gathered, run),
    runFetchFor(forOthers, others, forOthers.represent?.(others), context, gathered, run),
  ]);
}

async function runFetchFor(
  step: FetchStep,
  targets: readonly Data[],
  represented: Representations | undefined,
  context: Data,
  gathered: Gathered,
  run: PlanRun,
): Promise<void> {
  const variables: Data = { ...context };
  for (const name of step.variableNames) {
    if (Object.hasOwn(run.given, name)) variables[name] = run.given[name];
  }
  if (represented !== undefined) {
    if (represented.list.length === 0) return;
    variables.representations = represented.list;
  }
  const fetch: FailedFetch = {
    step,
    root: gathered.data,
    targets,
    indexOf: represented?.indexOf,
    responseName: run.responseName,
  };
  try {
    const { data, errors } = await run.send(step, variables);
    if (errors !== undefined && errors.length > 0) {
      gathered.errors.push(...clientErrors(errors, fetch, data));
    }
    // Of entities it has been told (`wave.ts`), once for all that were asked for together.
    if (represented === undefined && !errors?.length && saysNothing(data, step)) {
      gathered.errors.push(...clientErrors([silentAnswer(step.subgraph)], fetch, undefined));
    }
    if (data === null || data === undefined) return;
    if (represented === undefined) mergeEverywhere(data, fetch, run.types);
    else mergeEntities(data._entities, represented.list.length, fetch, run.types);
  } catch (error) {
    gathered.errors.push(...clientErrors([fetchFailure(error)], fetch, undefined));
  }
}

/** Nothing at all, or an object without a field where none of the fields may have been left out. */
function saysNothing(data: SubgraphResult['data'], { query }: FetchStep): boolean {
  if (data === null || data === undefined) return true;
  for (const _ in data) return false;
  return !/@(include|skip)\b/.test(query);
}

function mergeEverywhere(data: Data, { step, targets }: FailedFetch, types: TypeRelations): void {
  step.rewriteOutput?.(data);
  targets.forEach((target, index) => {
    merge(target, index === 0 ? data : copyOf(data), types.isObjectType);
  });
}

function mergeEntities(entities: unknown, asked: number, fetch: FailedFetch, types: TypeRelations): void {
  if (entities === null || entities === undefined) return;
  if (!Array.isArray(entities) || entities.length !== asked) {
    throw new MarqueeError(
      'DEPENDENCY_UNAVAILABLE',
      `${fetch.step.subgraph} answered for ${Array.isArray(entities) ? entities.length : 'no'} entities, not ${asked}`,
    );
  }
  const { step, targets, indexOf } = fetch;
  for (const entity of entities) if (isData(entity)) step.rewriteOutput?.(entity);
  const merged = new Uint8Array(asked);
  for (let i = 0; i < targets.length; i++) {
    const index = indexOf?.[i] ?? -1;
    const entity: unknown = index < 0 ? undefined : entities[index];
    if (!isData(entity)) continue;
    const isFirst = merged[index] === 0;
    merged[index] = 1;
    merge(targets[i] as Data, isFirst || step.mayShare ? entity : copyOf(entity), types.isObjectType);
  }
}
