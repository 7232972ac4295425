/** A composed supergraph, made ready to plan and to answer with. Immutable: a new supergraph is a new object. */
import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  Supergraph,
} from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { machineFields } from './machine-fields.ts';
import { type Requirements, requirements } from './requirements.ts';
import { type TypeRelations, typeRelations } from './type-relations.ts';
import { type VirtualFields, virtualFields } from './virtual-fields.ts';

export interface LoadedSupergraph {
  readonly sdl: string;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly types: TypeRelations;
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** Response names that the machinery of federation reads: a client's alias must not take one of them. */
  readonly machineFields: ReadonlySet<string>;
  readonly virtualFields: VirtualFields;
  readonly requirements: Requirements;
  /**
   * Blocks while it plans: from a few to some hundred milliseconds.
   * @param document valid, with client aliases out of the way of `machineFields`.
   * @throws GraphQLError where the operation cannot be planned.
   */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan;
}

export interface SupergraphOptions {
  /**
   * Addresses of specifications that somebody enforces beside the executor, e.g.
   * `https://specs.apollo.dev/authenticated/v0.1`. A supergraph that relies on any other is refused.
   */
  readonly enforcedFeatures?: Iterable<string>;
}

/** @throws MarqueeError CONFIG_INVALID when the text is not a supergraph that can be served. */
export function loadSupergraph(sdl: string, options: SupergraphOptions = {}): LoadedSupergraph {
  try {
    return build(
      sdl,
      new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, ...(options.enforcedFeatures ?? [])]),
    );
  } catch (error) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `the supergraph cannot be served: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

function build(sdl: string, supportedFeatures: Set<string>): LoadedSupergraph {
  const document = parse(sdl, { noLocation: true });
  // Composition has checked it; checking again takes as long as everything else here.
  const building = { supportedFeatures, validateSupergraph: false };
  const supergraph = Supergraph.build(document, building);
  const virtual = virtualFields(document);
  const planned = virtual.document === document ? supergraph : Supergraph.build(virtual.document, building);
  const api = supergraph.apiSchema();
  // Fetches without fragments: they are taken apart and put together again, and clients' fragments seldom fit them.
  const planner = new QueryPlanner(planned, { reuseQueryFragments: false });
  return {
    sdl,
    apiSchema: api.toGraphQLJSSchema(),
    types: typeRelations(supergraph.schema.toGraphQLJSSchema()),
    subgraphs: supergraph.subgraphsMetadata(),
    machineFields: machineFields(virtual.document),
    virtualFields: virtual,
    requirements: requirements(document),
    plan(operation, operationName) {
      return planner.buildQueryPlan(
        operationFromDocument(api, operation, operationName === undefined ? {} : { operationName }),
      );
    },
  };
}
