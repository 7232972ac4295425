/** An operation with everything that can be known of it before a client sends it: plan, steps, shape. */
import type { QueryPlan } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type DeferredAnswer, deferredAnswer } from './deferred-answer.ts';
import { compilePlan } from './plan/compile-plan.ts';
import type { Data } from './plan/data.ts';
import { relevantErrors } from './plan/relevant-errors.ts';
import { runPlan } from './plan/run-plan.ts';
import type { DeferredSteps, FetchStep, Step } from './plan/steps.ts';
import { unanswerableErrors, unanswerableRoots } from './plan/unanswerable-roots.ts';
import { type MergedFetches, type Send, sendInWaves } from './plan/wave.ts';
import { PlanPending } from './planner/plans-at-hand.ts';
import { type MovedAliases, moveAliases } from './planning/client-aliases.ts';
import { moveVariables } from './planning/client-variables.ts';
import { keepConditionalSelections } from './planning/conditional-selections.ts';
import { decideConditions } from './planning/conditions.ts';
import {
  type DeferringOperation,
  deferredLabel,
  deferringOperation,
  withoutDefers,
  withoutEmptySelections,
} from './planning/deferred-fragments.ts';
import { type DeniedFields, deniedNodes, withoutDeniedFields } from './planning/denied-fields.ts';
import { LeastRecentlyUsed } from './planning/least-recently-used.ts';
import type { IsolatedOperation } from './planning/operation.ts';
import { unwantedParents } from './planning/unwanted-parents.ts';
import { completionErrors } from './shaping/completion-error.ts';
import { compileIntrospection } from './shaping/introspection.ts';
import { compileShape, type Shape, type ShapeOptions } from './shaping/shape.ts';
import type { LoadedSupergraph } from './supergraph/supergraph.ts';
import { selectedNames } from './supergraph/supergraph-change.ts';

/**
 * Each way of deciding `@skip` and `@include` has a plan of its own, up to this many variables; above, one plan with
 * conditions serves them all, so that a client cannot have thousands of plans made for one document.
 */
const MAX_DECIDED_VARIABLES = 4;
/** With n Boolean variables there are 2ⁿ variants; clients use few of them. */
const MAX_VARIANTS = 32;
/** Combinations of fetches that came to be sent together. */
const MAX_MERGED_FETCHES = 64;
/** Variants that are made ahead of any request. */
const MAX_PREPARED_VARIABLES = 2;

export interface OperationResult {
  /** Absent when nothing was executed. */
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLError[];
  /** What is still to come, where the client takes its answer in parts and some of it is deferred. */
  readonly deferred?: DeferredAnswer;
}

export interface RunOptions {
  /** The client takes its answer in parts. Default: `@defer` means nothing. */
  readonly inParts?: boolean;
  /** Stands between the plan and the waves that its fetches are sent in. Default: nothing does. */
  readonly through?: ((send: Send) => Send) | undefined;
  /** Told once the plan is at hand. @param known it had been made before. */
  readonly onPlan?: ((known: boolean) => void) | undefined;
}

export interface EventSource {
  readonly step: FetchStep;
  readonly variables: Data;
}

export interface PreparedOperation {
  /** The operation alone, for planning it again over another supergraph. */
  readonly document: DocumentNode;
  /** Labels of `@override` that are on in its plans. */
  readonly overrides: readonly string[];
  /** The plan that these variables lead to. */
  planFor(variables: Readonly<Record<string, unknown>>): QueryPlan;
  /** How many supergraphs have come since it was made. */
  readonly carried: number;
  /** For what is planned from now on. @param supergraph in which everything that it asks for is what it was. */
  carryTo(supergraph: LoadedSupergraph): void;
  /** Plans whatever can be planned without knowing a request's variables. */
  prepare(): void;
  /**
   * Where the events of a subscription come from. `run` answers one event: what it sends to this step is answered with
   * the event. @returns undefined for an operation without events; errors where the variables are wrong.
   */
  source(variables: Readonly<Record<string, unknown>>): EventSource | readonly GraphQLError[] | undefined;
  run(
    variables: Readonly<Record<string, unknown>>,
    send: Send,
    options?: RunOptions,
  ): Promise<OperationResult>;
}

type Planned = Omit<Variant, 'shape' | 'aliases' | 'labels'>;

/** What there is to know once `@skip` and `@include` are decided. */
interface Variant {
  readonly plan: QueryPlan;
  readonly step: Step | undefined;
  /** Of a subscription: where its events come from. */
  readonly source: FetchStep | undefined;
  readonly deferred: readonly DeferredSteps[];
  /** Of deferred fragments: by ours the client's. */
  readonly labels: DeferringOperation['labels'] | undefined;
  readonly aliases: MovedAliases;
  readonly shape: Shape;
  readonly merged: MergedFetches;
  /** Keys of root fields that no subgraph is asked for. */
  readonly unanswerable: readonly string[];
}

/** Planning, on first need, blocks for some milliseconds and throws GraphQLError where there is no plan. */
export function prepareOperation(
  written: IsolatedOperation,
  supergraph: LoadedSupergraph,
  denied?: DeniedFields,
  overrides: readonly string[] = [],
): PreparedOperation {
  const { isolated, values: moved } = moveVariables(written);
  const { operation } = isolated;
  // Now, and not for all operations at once when a supergraph is changed.
  selectedNames(written.document);
  let inForce = supergraph;
  let carried = 0;
  const variantFor = variants(isolated, () => inForce, denied, overrides);
  const introspect = isolated.hasIntrospection
    ? compileIntrospection(supergraph.apiSchema, operation, isolated.fragments)
    : undefined;
  const isNeeded = neededNames(supergraph);
  const coercedVariables = (given: Readonly<Record<string, unknown>>) =>
    getVariableValues(inForce.apiSchema, written.operation.variableDefinitions ?? [], given);
  return {
    document: written.document,
    overrides,
    get carried() {
      return carried;
    },
    carryTo(next) {
      inForce = next;
      carried++;
    },
    planFor: (given) => variantFor(moved(coercedVariables(given).coerced ?? {})).plan,
    prepare() {
      for (const values of assignments(isolated.conditionVariables, operation)) {
        variantFor(values);
        if (isolated.hasDefers) variantFor(values, true);
      }
    },
    source(given) {
      const { coerced, errors } = coercedVariables(given);
      if (errors !== undefined) return errors;
      const step = variantFor(moved(coerced)).source;
      if (step === undefined) return undefined;
      const values = moved(given);
      const names = step.variableNames.filter((name) => Object.hasOwn(values, name));
      return { step, variables: Object.fromEntries(names.map((name) => [name, values[name]])) };
    },
    async run(asked, send, { inParts = false, onPlan, through } = {}) {
      const variables = coercedVariables(asked);
      if (variables.errors !== undefined) return { errors: variables.errors };
      const given = moved(asked);
      const coerced = moved(variables.coerced ?? {});
      const { step, deferred, labels, shape, merged, unanswerable, aliases } = variantFor(
        coerced,
        inParts,
        onPlan,
      );
      // Each part of the answer has waves of its own: what is sent together comes back together.
      const inWaves = (): Send => sendInWaves(send, merged);
      const gather = (next: Step | undefined, before?: Data) =>
        runPlan(
          next,
          {
            types: inForce.types,
            given,
            coerced,
            send: through === undefined ? inWaves() : through(inWaves()),
            responseName: aliases.responseName,
          },
          before,
        );
      const gathered = await gather(step);
      const introspection = introspect?.(given) ?? {};
      const first = shape(gathered.data, introspection);
      const { data, problems } = first;
      const later =
        labels &&
        deferredAnswer({
          steps: deferred,
          first,
          firstErrors: gathered.errors,
          labels,
          introspection,
          gather: (next) => gather(next, gathered.data),
          isNeeded,
        });
      const more = later === undefined ? {} : { deferred: later };
      if (gathered.errors.length === 0 && problems.length === 0 && unanswerable.length === 0) {
        return { data, ...more };
      }
      const errors = [
        ...unanswerableErrors(unanswerable.map(aliases.responseName)),
        ...relevantErrors(gathered.errors, data, isNeeded),
        ...completionErrors(
          problems,
          gathered.errors.map(({ error }) => error),
        ),
      ];
      return errors.length === 0 ? { data, ...more } : { errors, data, ...more };
    },
  };
}

/** Response names that federation itself may be in want of. */
function neededNames({ machineFields, virtualFields }: LoadedSupergraph): (name: string) => boolean {
  const required = new Set([...virtualFields.byName.values()].map(({ name }) => name));
  return (name) => machineFields.has(name) || required.has(name);
}

function variants(
  isolated: IsolatedOperation,
  inForce: () => LoadedSupergraph,
  denied: DeniedFields | undefined,
  overrides: readonly string[],
): (
  variables: Readonly<Record<string, unknown>>,
  inParts?: boolean,
  onPlan?: RunOptions['onPlan'],
) => Variant {
  const { operation, conditionVariables, hasDefers } = isolated;
  const { machineFields } = inForce();
  const isNeeded = neededNames(inForce());
  const whole = hasDefers ? withoutDefers(isolated.document) : isolated.document;
  const rootType = () => {
    const type = inForce().apiSchema.getRootType(operation.operation);
    if (!type) throw new GraphQLError(`The schema has no ${operation.operation} type.`);
    return type;
  };
  rootType();
  const planned = (document: DocumentNode): Planned => {
    const supergraph = inForce();
    const plan = supergraph.plan(document, operation.name?.value, overrides);
    const { step, deferred, fetches } = compilePlan(
      plan,
      supergraph,
      unwantedParents(document, supergraph.apiSchema, isNeeded),
    );
    return {
      plan,
      source: fetches.find(({ operationKind }) => operationKind === 'subscription'),
      step,
      deferred,
      merged: new LeastRecentlyUsed(MAX_MERGED_FETCHES),
      unanswerable: unanswerableRoots(plan, document),
    };
  };
  const readable = (document: DocumentNode) =>
    denied === undefined ? document : withoutDeniedFields(document, inForce().apiSchema, denied);
  /** @param document the one that is shaped by: nodes of another are others. */
  const removal = (document: DocumentNode): Pick<ShapeOptions, 'isRemoved'> => {
    if (denied === undefined) return {};
    const removed = new Set(deniedNodes(document, inForce().apiSchema, denied));
    return {
      isRemoved: (type, nodes) =>
        denied.isDenied(type, nodes[0]?.name.value ?? '') || nodes.every((node) => removed.has(node)),
    };
  };
  /** For some deferred fragments the planner finds no way, or breaks, where it has a plan for the whole answer. */
  const plannedInParts = (document: DocumentNode): Planned | undefined => {
    try {
      return planned(document);
    } catch (error) {
      // Whether there is one is not known yet.
      if (error instanceof PlanPending) throw error;
      return undefined;
    }
  };
  const aliases = moveAliases(whole, machineFields, inForce().apiSchema);
  const removedWhole = removal(whole);
  const fragments = fragmentsOf(whole);
  let undecided: Planned | undefined;
  const make = (values: Readonly<Record<string, unknown>>): Variant => {
    if (conditionVariables.length > MAX_DECIDED_VARIABLES) {
      undecided ??= planned(keepConditionalSelections(readable(aliases.document)));
    }
    const shape = compileShape({
      schema: inForce().apiSchema,
      hidden: inForce().hidden,
      fragments,
      conditions: values,
      rootType: rootType(),
      selectionSet: selectionOf(whole),
      dataKey: aliases.dataKey,
      ...removedWhole,
    });
    const decided = undecided ?? planned(decideConditions(readable(aliases.document), values));
    return { ...decided, shape, aliases, labels: undefined };
  };
  const makeDeferring = (values: Readonly<Record<string, unknown>>): Variant | undefined => {
    if (conditionVariables.length > MAX_DECIDED_VARIABLES) return undefined;
    const deferring = deferringOperation(isolated, values);
    if (deferring === undefined) return undefined;
    const { document, labels } = deferring;
    const moved = moveAliases(document, machineFields, inForce().apiSchema);
    const decided = plannedInParts(withoutEmptySelections(readable(moved.document)));
    if (decided === undefined) return undefined;
    const later = new Set(labelsOf(decided.deferred));
    const shape = compileShape({
      schema: inForce().apiSchema,
      hidden: inForce().hidden,
      fragments: new Map(),
      conditions: values,
      // A fragment for which nothing has to be fetched is not worth a part of its own.
      deferredLabel: (fragment) => {
        const label = deferredLabel(fragment);
        return label !== undefined && later.has(label) ? label : undefined;
      },
      rootType: rootType(),
      selectionSet: selectionOf(document),
      dataKey: moved.dataKey,
      ...removal(document),
    });
    return { ...decided, shape, aliases: moved, labels };
  };
  const known = new LeastRecentlyUsed<string, Variant>(MAX_VARIANTS);
  return (variables, inParts = false, onPlan) => {
    const values = conditionVariables.map((name) => (variables[name] === true ? '1' : '0')).join('');
    const key = inParts && hasDefers ? `${values} in parts` : values;
    let variant = known.get(key);
    const isKnown = variant !== undefined;
    if (variant === undefined) {
      variant = (inParts && hasDefers ? makeDeferring(variables) : undefined) ?? make(variables);
      known.set(key, variant);
    }
    onPlan?.(isKnown);
    return variant;
  };
}

function selectionOf({ definitions }: DocumentNode): SelectionSetNode {
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new TypeError('a prepared document has one operation');
  return operation.selectionSet;
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((definition): [string, FragmentDefinitionNode][] =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}

function labelsOf(deferred: readonly DeferredSteps[]): string[] {
  return deferred.flatMap((each) => [each.label, ...labelsOf(each.deferred)]);
}

/** All values of few variables; of many only what a request without variables would have. */
function assignments(
  names: readonly string[],
  operation: OperationDefinitionNode,
): Readonly<Record<string, boolean>>[] {
  if (names.length > MAX_PREPARED_VARIABLES) {
    const defaults = (operation.variableDefinitions ?? []).map(
      ({ variable, defaultValue }): [string, boolean] => [
        variable.name.value,
        defaultValue?.kind === Kind.BOOLEAN && defaultValue.value,
      ],
    );
    return [Object.fromEntries(defaults)];
  }
  return names.reduce<Record<string, boolean>[]>(
    (all, name) => all.flatMap((values) => [false, true].map((value) => ({ ...values, [name]: value }))),
    [{}],
  );
}
