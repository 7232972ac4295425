/** An operation with everything that can be known of it before a client sends it: plan, steps, shape. */
import type { QueryPlan } from '@apollo/query-planner';
import {
  type DocumentNode,
  GraphQLError,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { compilePlan } from './plan/compile-plan.ts';
import type { Data } from './plan/data.ts';
import { relevantErrors } from './plan/relevant-errors.ts';
import { runPlan } from './plan/run-plan.ts';
import type { Step } from './plan/steps.ts';
import { type MergedFetches, type Send, sendInWaves } from './plan/wave.ts';
import { type MovedAliases, moveAliases } from './planning/client-aliases.ts';
import { keepConditionalSelections } from './planning/conditional-selections.ts';
import { decideConditions } from './planning/conditions.ts';
import { LeastRecentlyUsed } from './planning/least-recently-used.ts';
import type { IsolatedOperation } from './planning/operation.ts';
import { completionErrors } from './shaping/completion-error.ts';
import { compileIntrospection } from './shaping/introspection.ts';
import { compileShape, type Shape } from './shaping/shape.ts';
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

export interface OperationResult {
  /** Absent when nothing was executed. */
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLError[];
}

export interface PreparedOperation {
  /** The operation alone, for planning it again over another supergraph. */
  readonly document: DocumentNode;
  /** The plan that these variables lead to. */
  planFor(variables: Readonly<Record<string, unknown>>): QueryPlan;
  /** Plans whatever can be planned without knowing a request's variables. */
  prepare(): void;
  run(variables: Readonly<Record<string, unknown>>, send: Send): Promise<OperationResult>;
}

type Planned = Omit<Variant, 'shape'>;

/** What there is to know once `@skip` and `@include` are decided. */
interface Variant {
  readonly plan: QueryPlan;
  readonly step: Step | undefined;
  readonly shape: Shape;
  readonly merged: MergedFetches;
}

/** Planning, on first need, blocks for some milliseconds and throws GraphQLError where there is no plan. */
export function prepareOperation(
  isolated: IsolatedOperation,
  supergraph: LoadedSupergraph,
): PreparedOperation {
  const { operation } = isolated;
  const { apiSchema } = supergraph;
  const aliases = moveAliases(isolated.document, supergraph.machineFields);
  const variantFor = variants(isolated, aliases, supergraph);
  const introspect = isolated.hasIntrospection
    ? compileIntrospection(apiSchema, operation, isolated.fragments)
    : undefined;
  const required = new Set([...supergraph.virtualFields.byName.values()].map(({ name }) => name));
  const isNeeded = (name: string) => supergraph.machineFields.has(name) || required.has(name);
  const coercedVariables = (given: Readonly<Record<string, unknown>>) =>
    getVariableValues(apiSchema, operation.variableDefinitions ?? [], given);
  return {
    document: isolated.document,
    planFor: (given) => variantFor(coercedVariables(given).coerced ?? {}).plan,
    prepare() {
      for (const values of assignments(isolated.conditionVariables, operation)) variantFor(values);
    },
    async run(given, send) {
      const variables = coercedVariables(given);
      if (variables.errors !== undefined) return { errors: variables.errors };
      const coerced = variables.coerced ?? {};
      const { step, shape, merged } = variantFor(coerced);
      const gathered = await runPlan(step, {
        types: supergraph.types,
        given,
        coerced,
        send: sendInWaves(send, merged),
        responseName: aliases.responseName,
      });
      const { data, problems } = shape(gathered.data, introspect?.(given) ?? {});
      if (gathered.errors.length === 0 && problems.length === 0) return { data };
      const errors = [
        ...relevantErrors(gathered.errors, data, isNeeded),
        ...completionErrors(
          problems,
          gathered.errors.map(({ error }) => error),
        ),
      ];
      return errors.length === 0 ? { data } : { errors, data };
    },
  };
}

function variants(
  { operation, fragments, conditionVariables }: IsolatedOperation,
  aliases: MovedAliases,
  supergraph: LoadedSupergraph,
): (variables: Readonly<Record<string, unknown>>) => Variant {
  const rootType = supergraph.apiSchema.getRootType(operation.operation);
  if (!rootType) throw new GraphQLError(`The schema has no ${operation.operation} type.`);
  const planned = (document: DocumentNode): Planned => {
    const plan = supergraph.plan(document, operation.name?.value);
    return {
      plan,
      step: compilePlan(plan, supergraph).step,
      merged: new LeastRecentlyUsed(MAX_MERGED_FETCHES),
    };
  };
  let undecided: Planned | undefined;
  const make = (values: Readonly<Record<string, unknown>>): Variant => {
    if (conditionVariables.length > MAX_DECIDED_VARIABLES) {
      undecided ??= planned(keepConditionalSelections(aliases.document));
    }
    const shape = compileShape({
      schema: supergraph.apiSchema,
      fragments,
      conditions: values,
      rootType,
      selectionSet: operation.selectionSet,
      dataKey: aliases.dataKey,
    });
    return { ...(undecided ?? planned(decideConditions(aliases.document, values))), shape };
  };
  const known = new LeastRecentlyUsed<string, Variant>(MAX_VARIANTS);
  return (variables) => {
    const key = conditionVariables.map((name) => (variables[name] === true ? '1' : '0')).join('');
    let variant = known.get(key);
    if (variant === undefined) {
      variant = make(variables);
      known.set(key, variant);
    }
    return variant;
  };
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
