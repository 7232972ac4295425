/** An operation with everything that can be known of it before a client sends it: plan, steps, shape. */
import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLError, getVariableValues } from 'graphql';
import { type DeferredAnswer, deferredAnswer } from './deferred-answer.ts';
import { OperationVariants, type Variant } from './operation-variants.ts';
import type { Data } from './plan/data.ts';
import { explainedNulls } from './plan/explained-nulls.ts';
import { relevantErrors } from './plan/relevant-errors.ts';
import { runPlan } from './plan/run-plan.ts';
import type { FetchStep, Step } from './plan/steps.ts';
import { unanswerableErrors } from './plan/unanswerable-roots.ts';
import { type Send, sendInWaves } from './plan/wave.ts';
import { moveVariables } from './planning/client-variables.ts';
import type { DeniedFields } from './planning/denied-fields.ts';
import type { IsolatedOperation } from './planning/operation.ts';
import { completionErrors } from './shaping/completion-error.ts';
import { compileIntrospection } from './shaping/introspection.ts';
import type { LoadedSupergraph } from './supergraph/supergraph.ts';
import { selectedNames } from './supergraph/supergraph-change.ts';

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

/** Planning, on first need, blocks for some milliseconds and throws GraphQLError where there is no plan. */
export function prepareOperation(
  written: IsolatedOperation,
  supergraph: LoadedSupergraph,
  denied?: DeniedFields,
  overrides: readonly string[] = [],
): PreparedOperation {
  const { isolated, values: moved } = moveVariables(written);
  // Now, and not for all operations at once when a supergraph is changed.
  selectedNames(written.document);
  let carried = 0;
  const variants = new OperationVariants(isolated, supergraph, denied, overrides);
  const { isNeeded } = variants;
  const introspect = isolated.hasIntrospection
    ? compileIntrospection(supergraph.apiSchema, isolated.operation, isolated.fragments)
    : undefined;
  const coercedVariables = (given: Readonly<Record<string, unknown>>) =>
    getVariableValues(variants.inForce.apiSchema, written.operation.variableDefinitions ?? [], given);
  const variantFor = (values: Readonly<Record<string, unknown>>): Variant =>
    variants.known(values, false) ?? variants.make(values, false);
  return {
    document: written.document,
    overrides,
    get carried() {
      return carried;
    },
    carryTo(next) {
      variants.carryTo(next);
      carried++;
    },
    planFor: (given) => variantFor(moved(coercedVariables(given).coerced ?? {})).plan,
    prepare: () => variants.prepare(),
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
      const known = variants.known(coerced, inParts);
      const { step, deferred, labels, shape, merged, unanswerable, aliases } =
        known ?? variants.make(coerced, inParts);
      onPlan?.(known !== undefined);
      const { responseName } = aliases;
      const keys = { responseName, isNeeded };
      // Each part of the answer has waves of its own: what is sent together comes back together.
      const inWaves = (): Send => sendInWaves(send, merged);
      const gather = (next: Step | undefined, before?: Data) =>
        runPlan(
          next,
          {
            types: variants.inForce.types,
            given,
            coerced,
            send: through === undefined ? inWaves() : through(inWaves()),
            responseName,
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
          keys,
        });
      const more = later === undefined ? {} : { deferred: later };
      if (gathered.errors.length === 0 && problems.length === 0 && unanswerable.length === 0) {
        return { data, ...more };
      }
      const errors = [
        ...unanswerableErrors(unanswerable.map(responseName)),
        ...relevantErrors(gathered.errors, data, keys),
        ...completionErrors(problems, explainedNulls(gathered.errors, keys)),
      ];
      return errors.length === 0 ? { data, ...more } : { errors, data, ...more };
    },
  };
}
