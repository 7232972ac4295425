/**
 * The variants of one operation: what there is to know of it once `@skip`, `@include` and `@defer` are decided. Each has a
 * plan and a shape of its own, made when it is first asked for and kept for the next request that decides the same.
 */
import type { QueryPlan } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { compilePlan } from './plan/compile-plan.ts';
import type { DeferredSteps, FetchStep, Step } from './plan/steps.ts';
import { unanswerableRoots } from './plan/unanswerable-roots.ts';
import type { MergedFetches } from './plan/wave.ts';
import { PlanPending } from './planner/plans-at-hand.ts';
import { type MovedAliases, moveAliases } from './planning/client-aliases.ts';
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
import { compileShape, type Shape, type ShapeOptions } from './shaping/shape.ts';
import { neededNames } from './supergraph/needed-names.ts';
import type { LoadedSupergraph } from './supergraph/supergraph.ts';

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

export interface Variant {
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

type Planned = Omit<Variant, 'shape' | 'aliases' | 'labels'>;
/** Of the operation's variables; those that decide nothing are not looked at. */
type Values = Readonly<Record<string, unknown>>;

export class OperationVariants {
  /** By key or requirement; the same over every supergraph that the operation is carried to. */
  readonly isNeeded: (dataKey: string) => boolean;
  readonly #operation: IsolatedOperation;
  readonly #denied: DeniedFields | undefined;
  readonly #overrides: readonly string[];
  /** As for a client that takes its answer in one piece. */
  readonly #whole: DocumentNode;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #aliases: MovedAliases;
  readonly #removed: Pick<ShapeOptions, 'isRemoved'>;
  readonly #known = new LeastRecentlyUsed<string, Variant>(MAX_VARIANTS);
  /** Serves all where too many variables decide. */
  #undecided: Planned | undefined;
  #inForce: LoadedSupergraph;

  /**
   * @param overrides labels of `@override` that are on in its plans.
   * @throws GraphQLError where the graph has no such operations.
   */
  constructor(
    operation: IsolatedOperation,
    supergraph: LoadedSupergraph,
    denied: DeniedFields | undefined,
    overrides: readonly string[],
  ) {
    this.#operation = operation;
    this.#inForce = supergraph;
    this.#denied = denied;
    this.#overrides = overrides;
    this.isNeeded = neededNames(supergraph);
    this.#rootType();
    this.#whole = operation.hasDefers ? withoutDefers(operation.document) : operation.document;
    this.#fragments = fragmentsOf(this.#whole);
    this.#aliases = moveAliases(this.#whole, supergraph.machineFields, supergraph.apiSchema);
    this.#removed = this.#removal(this.#whole);
  }

  /** What is planned from now on is planned over it. */
  get inForce(): LoadedSupergraph {
    return this.#inForce;
  }

  carryTo(supergraph: LoadedSupergraph): void {
    this.#inForce = supergraph;
  }

  /** @param inParts the client takes its answer in parts. @returns undefined for one that was not made yet. */
  known(values: Values, inParts: boolean): Variant | undefined {
    return this.#known.get(this.#keyOf(values, inParts));
  }

  /** Plans: blocks for some milliseconds. @throws GraphQLError where there is no plan; PlanPending where it is not known yet. */
  make(values: Values, inParts: boolean): Variant {
    const { hasDefers } = this.#operation;
    const variant = (inParts && hasDefers ? this.#deferring(values) : undefined) ?? this.#atOnce(values);
    this.#known.set(this.#keyOf(values, inParts), variant);
    return variant;
  }

  /** Makes what requests are most likely to ask for. */
  prepare(): void {
    for (const values of this.#expected()) {
      for (const inParts of this.#operation.hasDefers ? [false, true] : [false]) {
        if (this.known(values, inParts) === undefined) this.make(values, inParts);
      }
    }
  }

  #keyOf(values: Values, inParts: boolean): string {
    const { conditionVariables, hasDefers } = this.#operation;
    const decided = conditionVariables.map((name) => (values[name] === true ? '1' : '0')).join('');
    return inParts && hasDefers ? `${decided} in parts` : decided;
  }

  /** All values of few variables; of many only what a request without variables would have. */
  #expected(): readonly Values[] {
    const { conditionVariables, operation } = this.#operation;
    if (conditionVariables.length > MAX_PREPARED_VARIABLES) {
      const defaults = (operation.variableDefinitions ?? []).map(
        ({ variable, defaultValue }): [string, boolean] => [
          variable.name.value,
          defaultValue?.kind === Kind.BOOLEAN && defaultValue.value,
        ],
      );
      return [Object.fromEntries(defaults)];
    }
    return conditionVariables.reduce<Values[]>(
      (all, name) => all.flatMap((values) => [false, true].map((value) => ({ ...values, [name]: value }))),
      [{}],
    );
  }

  #atOnce(values: Values): Variant {
    const aliases = this.#aliases;
    if (this.#isUndecided)
      this.#undecided ??= this.#planned(keepConditionalSelections(this.#readable(aliases)));
    const shape = this.#shape(this.#whole, aliases, values, { fragments: this.#fragments, ...this.#removed });
    const planned = this.#undecided ?? this.#planned(decideConditions(this.#readable(aliases), values));
    return { ...planned, shape, aliases, labels: undefined };
  }

  /** @returns undefined where it is to be answered at once. */
  #deferring(values: Values): Variant | undefined {
    if (this.#isUndecided) return undefined;
    const deferring = deferringOperation(this.#operation, values);
    if (deferring === undefined) return undefined;
    const { document, labels } = deferring;
    const { machineFields, apiSchema } = this.#inForce;
    const aliases = moveAliases(document, machineFields, apiSchema);
    const planned = this.#plannedInParts(withoutEmptySelections(this.#readable(aliases)));
    if (planned === undefined) return undefined;
    const later = new Set(labelsOf(planned.deferred));
    const shape = this.#shape(document, aliases, values, {
      fragments: new Map(),
      // A fragment for which nothing has to be fetched is not worth a part of its own.
      deferredLabel: (fragment) => {
        const label = deferredLabel(fragment);
        return label !== undefined && later.has(label) ? label : undefined;
      },
      ...this.#removal(document),
    });
    return { ...planned, shape, aliases, labels };
  }

  get #isUndecided(): boolean {
    return this.#operation.conditionVariables.length > MAX_DECIDED_VARIABLES;
  }

  #planned(document: DocumentNode): Planned {
    const supergraph = this.#inForce;
    const plan = supergraph.plan(document, this.#operation.operation.name?.value, this.#overrides);
    const { step, deferred, fetches } = compilePlan(
      plan,
      supergraph,
      unwantedParents(document, supergraph.apiSchema, this.isNeeded),
    );
    return {
      plan,
      source: fetches.find(({ operationKind }) => operationKind === 'subscription'),
      step,
      deferred,
      merged: new LeastRecentlyUsed(MAX_MERGED_FETCHES),
      unanswerable: unanswerableRoots(plan, document),
    };
  }

  /** For some deferred fragments the planner finds no way, or breaks, where it has a plan for the whole answer. */
  #plannedInParts(document: DocumentNode): Planned | undefined {
    try {
      return this.#planned(document);
    } catch (error) {
      // Whether there is one is not known yet.
      if (error instanceof PlanPending) throw error;
      return undefined;
    }
  }

  #shape(
    document: DocumentNode,
    { dataKey }: MovedAliases,
    conditions: Values,
    further: Pick<ShapeOptions, 'fragments' | 'deferredLabel' | 'isRemoved'>,
  ): Shape {
    return compileShape({
      schema: this.#inForce.apiSchema,
      hidden: this.#inForce.hidden,
      conditions,
      rootType: this.#rootType(),
      selectionSet: selectionOf(document),
      dataKey,
      ...further,
    });
  }

  #readable({ document }: MovedAliases): DocumentNode {
    const denied = this.#denied;
    return denied === undefined ? document : withoutDeniedFields(document, this.#inForce.apiSchema, denied);
  }

  /** @param document the one that is shaped by: nodes of another are others. */
  #removal(document: DocumentNode): Pick<ShapeOptions, 'isRemoved'> {
    const denied = this.#denied;
    if (denied === undefined) return {};
    const removed = new Set(deniedNodes(document, this.#inForce.apiSchema, denied));
    return {
      isRemoved: (type, nodes) =>
        denied.isDenied(type, nodes[0]?.name.value ?? '') || nodes.every((node) => removed.has(node)),
    };
  }

  #rootType(): GraphQLObjectType {
    const { operation: kind } = this.#operation.operation;
    const type = this.#inForce.apiSchema.getRootType(kind);
    if (!type) throw new GraphQLError(`The schema has no ${kind} type.`);
    return type;
  }
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
