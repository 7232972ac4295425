/** A composed supergraph, made ready to plan and to answer with. Immutable: a new supergraph is a new object. */
import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  Supergraph,
} from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validateSchema } from 'graphql';
import { withDroppedMembers } from '../planning/dropped-members.ts';
import { type OverrideLabels, type OverrideShares, overrideLabels } from '../planning/override-labels.ts';
import type { Pause } from '../planning/pauses.ts';
import { plansToWeigh } from '../planning/plan-budget.ts';
import { withRequirementsFirst } from '../planning/requirements-first.ts';
import { chainedPlanner } from './chained-planner.ts';
import { executableDirectives } from './executable-directives.ts';
import { type HiddenNames, hiddenNames } from './hidden-names.ts';
import { machineFields } from './machine-fields.ts';
import { type Requirements, requirements } from './requirements.ts';
import { resolvableKeysFirst } from './resolvable-keys.ts';
import { subgraphMembers } from './subgraph-members.ts';
import { type TypeRelations, typeRelations } from './type-relations.ts';
import { type VirtualFields, virtualFields } from './virtual-fields.ts';

export interface LoadedSupergraph {
  readonly sdl: string;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly types: TypeRelations;
  readonly hidden: HiddenNames;
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** Response names that the machinery of federation reads: a client's alias must not take one of them. */
  readonly machineFields: ReadonlySet<string>;
  readonly virtualFields: VirtualFields;
  readonly requirements: Requirements;
  /** Absent: no field is moving. */
  readonly overrides: OverrideLabels | undefined;
  /**
   * Blocks while it plans: from a few to some hundred milliseconds.
   * @param document valid, with client aliases out of the way of `machineFields`.
   * @param overrides labels that are on. Default: none.
   * @throws GraphQLError where the operation cannot be planned.
   */
  plan(document: DocumentNode, operationName: string | undefined, overrides?: readonly string[]): QueryPlan;
}

export interface SupergraphOptions {
  /**
   * Addresses of specifications that somebody enforces beside the executor, e.g.
   * `https://specs.apollo.dev/authenticated/v0.1`. A supergraph that relies on any other is refused.
   */
  readonly enforcedFeatures?: Iterable<string>;
  /** Of labels of `@override`. Default: those that say a percentage have it, the others are off. */
  readonly overrideShares?: OverrideShares;
}

/** @throws MarqueeError CONFIG_INVALID when the text is not a supergraph that can be served. */
export function loadSupergraph(sdl: string, options: SupergraphOptions = {}): LoadedSupergraph {
  try {
    const steps = build(sdl, options);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  } catch (error) {
    throw unusable(error);
  }
}

/**
 * The same beside requests that are being served: no step takes longer than some milliseconds for a graph of some
 * hundred types, and between them others have their turn. Checked more closely, because it comes from outside.
 * @throws MarqueeError CONFIG_INVALID
 */
export async function loadSupergraphBeside(
  sdl: string,
  options: SupergraphOptions,
  pause: Pause,
): Promise<LoadedSupergraph> {
  try {
    const steps = build(sdl, options);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (step.value !== undefined) {
        await pause();
        const [problem] = validateSchema(step.value);
        if (problem !== undefined) throw problem;
      }
      await pause();
    }
  } catch (error) {
    throw unusable(error);
  }
}

/** Arguments from contexts: Apollo's own gateway does not fill them in; the executor does. */
const EXECUTED_FEATURES = ['https://specs.apollo.dev/context/v0.1'];

function featuresOf({ enforcedFeatures = [] }: SupergraphOptions): Set<string> {
  return new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, ...EXECUTED_FEATURES, ...enforcedFeatures]);
}

function unusable(error: unknown): MarqueeError {
  return new MarqueeError('CONFIG_INVALID', {
    message: `the supergraph cannot be served: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
  });
}

/** In some graphs, e.g. with an interface that several subgraphs know as one object, the planner goes round in circles. */
function unplannable(cause: RangeError): GraphQLError {
  return new GraphQLError('The query planner finds no way to answer this operation over this graph.', {
    originalError: cause,
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

/** Yields between its steps; a schema that it has just made, for whoever wants to check it. */
function* build(
  sdl: string,
  options: SupergraphOptions,
): Generator<GraphQLSchema | undefined, LoadedSupergraph, void> {
  const directives = executableDirectives(resolvableKeysFirst(parse(sdl, { noLocation: true })));
  const { document } = directives;
  const members = subgraphMembers(document);
  yield;
  // Composition has checked it; checking again takes as long as everything else here.
  const building = { supportedFeatures: featuresOf(options), validateSupergraph: false };
  const supergraph = Supergraph.build(document, building);
  yield;
  const virtual = virtualFields(document);
  const planned = virtual.document === document ? supergraph : Supergraph.build(virtual.document, building);
  yield;
  const api = supergraph.apiSchema();
  yield;
  // Fetches without fragments: they are taken apart and put together again, and clients' fragments seldom fit them.
  const planner = new QueryPlanner(planned, {
    reuseQueryFragments: false,
    incrementalDelivery: { enableDefer: true },
  });
  yield;
  const apiSchema = api.toGraphQLJSSchema({ includeDefer: true });
  yield apiSchema;
  const fullSchema = supergraph.schema.toGraphQLJSSchema();
  yield fullSchema;
  const chained = yield* chainedPlanner(virtual.document, building, members);
  const types = typeRelations(fullSchema);
  // Its settings are for all operations; this one is read anew for each.
  const { debug: weighed } = Reflect.get(planner, 'config') as { debug: { maxEvaluatedPlans: number } };
  return {
    sdl,
    apiSchema,
    types,
    hidden: hiddenNames(fullSchema, apiSchema),
    subgraphs: supergraph.subgraphsMetadata(),
    machineFields: machineFields(virtual.document),
    virtualFields: virtual,
    requirements: requirements(document),
    overrides: overrideLabels(document, options.overrideShares ?? {}),
    plan(operation, operationName, overrides = []) {
      const named = operationName === undefined ? {} : { operationName };
      const overrideConditions = new Map(overrides.map((label) => [label, true]));
      weighed.maxEvaluatedPlans = plansToWeigh(operation);
      try {
        const given = directives.withDefaults(operation);
        const apart = chained?.plan(given, operationName, overrideConditions);
        if (apart !== undefined) return apart;
        const plan = planner.buildQueryPlan(operationFromDocument(api, given, named), { overrideConditions });
        return withRequirementsFirst(withDroppedMembers(plan, operation, apiSchema, members));
      } catch (error) {
        throw error instanceof RangeError ? unplannable(error) : error;
      }
    },
  };
}
