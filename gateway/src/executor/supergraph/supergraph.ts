/** A composed supergraph, made ready to plan and to answer with. Immutable: a new supergraph is a new object. */
import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  Supergraph,
} from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, GraphQLError, type GraphQLSchema, validateSchema } from 'graphql';
import { withBoundedOptions } from '../planning/bounded-options.ts';
import { withDroppedMembers } from '../planning/dropped-members.ts';
import { withFragmentsByObject } from '../planning/fragments-by-object.ts';
import { withRootFieldsInOrder } from '../planning/mutation-order.ts';
import { narrowedFields, withNarrowedFields } from '../planning/narrowed-fields.ts';
import {
  labelFacts,
  type OverrideLabels,
  type OverrideShares,
  overrideLabels,
} from '../planning/override-labels.ts';
import { plansToWeigh } from '../planning/plan-budget.ts';
import { withRequirementsFirst } from '../planning/requirements-first.ts';
import { chainedPlanner } from './chained-planner.ts';
import { executableDirectives } from './executable-directives.ts';
import { type HiddenNames, hiddenFacts, hiddenNames } from './hidden-names.ts';
import { machineFields } from './machine-fields.ts';
import { narrowingSubgraphs } from './narrowing-subgraphs.ts';
import { objectFacts } from './object-facts.ts';
import { type Requirements, requirementFacts, requirements } from './requirements.ts';
import { resolvableKeysFirst } from './resolvable-keys.ts';
import { subgraphMembers } from './subgraph-members.ts';
import { supergraphDocument } from './supergraph-document.ts';
import type { SupergraphFacts } from './supergraph-facts.ts';
import { type TypeRelations, typeFacts, typeRelations } from './type-relations.ts';
import { type VirtualFields, virtualFields, withVirtualRequirements } from './virtual-fields.ts';

/**
 * @param document valid, with client aliases out of the way of `machineFields`.
 * @param overrides labels that are on. Default: none.
 * @throws GraphQLError where the operation cannot be planned.
 */
export type MakePlan = (
  document: DocumentNode,
  operationName: string | undefined,
  overrides?: readonly string[],
) => QueryPlan;

export interface LoadedSupergraph {
  readonly sdl: string;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly types: TypeRelations;
  readonly hidden: HiddenNames;
  readonly subgraphs: SupergraphFacts['subgraphs'];
  /** Response names that the machinery of federation reads: a client's alias must not take one of them. */
  readonly machineFields: ReadonlySet<string>;
  readonly virtualFields: VirtualFields;
  readonly requirements: Requirements;
  /** Absent: no field is moving. */
  readonly overrides: OverrideLabels | undefined;
  /**
   * Where the planner is in this thread: blocks while it plans, from a few to some hundred milliseconds. Where it is in
   * another: throws PlanPending for a plan that is not at hand.
   */
  readonly plan: MakePlan;
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

/** With what it was made from. */
export interface ReadSupergraph {
  readonly supergraph: LoadedSupergraph;
  readonly facts: SupergraphFacts;
  /** Its text, read, without locations. */
  readonly document: DocumentNode;
}

/** @throws MarqueeError CONFIG_INVALID when the text is not a supergraph that can be served. */
export function loadSupergraph(sdl: string, options: SupergraphOptions = {}): LoadedSupergraph {
  return readSupergraph(sdl, options, false).supergraph;
}

/**
 * @param closely checks its schemas too, for what comes from outside while others are being served.
 * @throws MarqueeError CONFIG_INVALID
 */
export function readSupergraph(sdl: string, options: SupergraphOptions, closely: boolean): ReadSupergraph {
  try {
    return build(sdl, options, closely);
  } catch (error) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `the supergraph cannot be served: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

/** Whatever follows from a supergraph's text and what there is to know of it. */
export function supergraphOf(
  sdl: string,
  apiSchema: GraphQLSchema,
  facts: SupergraphFacts,
  plan: MakePlan,
  { overrideShares = {} }: SupergraphOptions,
): LoadedSupergraph {
  return {
    sdl,
    apiSchema,
    types: typeRelations(facts.types),
    hidden: hiddenNames(facts.hidden),
    subgraphs: facts.subgraphs,
    machineFields: facts.machineFields,
    virtualFields: virtualFields(facts.virtualFields),
    requirements: requirements(facts.requirements),
    overrides: facts.labels && overrideLabels(facts.labels, overrideShares),
    plan,
  };
}

/**
 * Arguments from contexts: Apollo's own gateway does not fill them in; the executor does. Tags of caches: answers are the
 * same without them.
 */
const EXECUTED_FEATURES = ['https://specs.apollo.dev/context/v0.1', 'https://specs.apollo.dev/cacheTag/v0.1'];

function featuresOf({ enforcedFeatures = [] }: SupergraphOptions): Set<string> {
  return new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, ...EXECUTED_FEATURES, ...enforcedFeatures]);
}

/** In some graphs, e.g. with an interface that several subgraphs know as one object, the planner goes round in circles. */
function unplannable(cause: RangeError): GraphQLError {
  return new GraphQLError('The query planner finds no way to answer this operation over this graph.', {
    originalError: cause,
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

function build(sdl: string, options: SupergraphOptions, closely: boolean): ReadSupergraph {
  const read = supergraphDocument(sdl);
  const directives = executableDirectives(resolvableKeysFirst(read));
  const { document } = directives;
  const members = subgraphMembers(document);
  const objects = objectFacts(document);
  // Composition has checked it; checking again takes as long as everything else here.
  const building = { supportedFeatures: featuresOf(options), validateSupergraph: false };
  const supergraph = Supergraph.build(document, building);
  const virtual = withVirtualRequirements(document);
  const planned = virtual.document === document ? supergraph : Supergraph.build(virtual.document, building);
  const api = supergraph.apiSchema();
  // Fetches without fragments: they are taken apart and put together again, and clients' fragments seldom fit them.
  const planner = new QueryPlanner(planned, {
    reuseQueryFragments: false,
    incrementalDelivery: { enableDefer: true },
  });
  const apiSchema = api.toGraphQLJSSchema({ includeDefer: true });
  const narrowed = narrowedFields(apiSchema, narrowingSubgraphs(document));
  const fullSchema = supergraph.schema.toGraphQLJSSchema();
  const [problem] = closely ? [...validateSchema(apiSchema), ...validateSchema(fullSchema)] : [];
  if (problem !== undefined) throw problem;
  const chained = chainedPlanner(virtual.document, building, members);
  // Its settings are for all operations; this one is read anew for each.
  const { debug: weighed } = Reflect.get(planner, 'config') as { debug: { maxEvaluatedPlans: number } };
  const plan: MakePlan = (operation, operationName, overrides = []) => {
    const named = operationName === undefined ? {} : { operationName };
    const overrideConditions = new Map(overrides.map((label) => [label, true]));
    weighed.maxEvaluatedPlans = plansToWeigh(operation);
    try {
      const inOrder = withRootFieldsInOrder(directives.withDefaults(operation));
      const whole = withNarrowedFields(inOrder, apiSchema, narrowed);
      const given = withFragmentsByObject(whole, apiSchema, objects);
      const apart = chained?.plan(given, operationName, overrideConditions);
      if (apart !== undefined) return apart;
      const asked = operationFromDocument(api, given, named);
      const made = withBoundedOptions(
        () => planner.buildQueryPlan(asked, { overrideConditions }),
        () => {
          weighed.maxEvaluatedPlans = plansToWeigh(operation, true);
        },
      );
      return withRequirementsFirst(withDroppedMembers(made, operation, apiSchema, members));
    } catch (error) {
      throw error instanceof RangeError ? unplannable(error) : error;
    }
  };
  const facts: SupergraphFacts = {
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    types: typeFacts(fullSchema),
    hidden: hiddenFacts(fullSchema, apiSchema),
    machineFields: machineFields(virtual.document),
    virtualFields: virtual.facts,
    requirements: requirementFacts(document),
    labels: labelFacts(document),
  };
  return { supergraph: supergraphOf(sdl, apiSchema, facts, plan, options), facts, document: read };
}
