/**
 * The gateway behind Apollo Server: its supported seam for federation is an object that loads a schema and hands
 * out an executor. Planning is Apollo's; what runs the plans and shapes the answers is ours.
 */

import { prettyFormatQueryPlan } from '@apollo/query-planner';
import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { Logger } from '@marquee/service-kit';
import { type DocumentNode, type GraphQLSchema, Kind, validate } from 'graphql';
import type { SubgraphDataSource } from '../data-source/data-source.ts';
import { OperationStore } from './operation-store.ts';
import { type LoadedSupergraph, loadSupergraph, type SupergraphOptions } from './supergraph/supergraph.ts';

type GatewayInterface = NonNullable<ApolloServerOptionsWithGateway<BaseContext>['gateway']>;
type SchemaListener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;
type ExecutorRequest = Parameters<Executor>[0];
type ExecutorResult = Awaited<ReturnType<Executor>>;

/** Of each a plan and its shapes: some ten kilobytes. */
const DEFAULT_MAX_OPERATIONS = 1_000;

export interface FederationExecutorOptions<Context> extends SupergraphOptions {
  /** Any composed Federation 2 supergraph. */
  readonly supergraphSdl: string;
  /** @param url as the supergraph has it. Asked once for each subgraph and address. */
  dataSourceFor(subgraph: string, url: string): SubgraphDataSource<Context>;
  /** Prepared operations kept per supergraph. Default 1,000. */
  readonly maxOperations?: number;
  /** Requests that are to be planned and not to be executed. Default: none. */
  readonly planOnly?: (context: Context) => boolean;
  /** Answers with the plan beside the data where the client asks for it by header. Default: to nobody. */
  readonly mayExposePlan?: (context: Context) => boolean;
  readonly logger: Logger;
}

export interface FederationExecutor extends GatewayInterface {
  /**
   * Plans operations before anybody sends them. Whatever is not valid over the supergraph is skipped.
   * @returns how many operations are ready.
   */
  prepare(documents: Iterable<DocumentNode>): number;
  /**
   * Swaps the supergraph. The operations in use are planned over the new one first, so that no request waits for
   * that; requests under way end on the old one.
   * @throws MarqueeError CONFIG_INVALID for a text that is no supergraph; the old one stays.
   */
  update(supergraphSdl: string): Promise<void>;
}

interface Generation<Context> {
  readonly supergraph: LoadedSupergraph;
  readonly operations: OperationStore;
  readonly sources: ReadonlyMap<string, SubgraphDataSource<Context>>;
  /** Requests that are being executed. */
  inFlight: number;
}

export function createFederationExecutor<Context>(
  options: FederationExecutorOptions<Context>,
): FederationExecutor {
  const { logger } = options;
  const limit = options.maxOperations ?? DEFAULT_MAX_OPERATIONS;
  const listeners = new Set<SchemaListener>();
  /** A document is executed on the supergraph it was validated against. */
  const generations = new WeakMap<GraphQLSchema, Generation<Context>>();
  const sources = new Map<string, SubgraphDataSource<Context>>();
  let loaded: Generation<Context> | undefined;
  /** Replaced, but perhaps still serving. */
  let former: Generation<Context>[] = [];
  let updating: Promise<void> = Promise.resolve();

  function current(): Generation<Context> {
    if (loaded === undefined) throw new TypeError('the federation executor is not loaded yet');
    return loaded;
  }

  function generation(sdl: string): Generation<Context> {
    const supergraph = loadSupergraph(sdl, options);
    const made: Generation<Context> = {
      supergraph,
      operations: new OperationStore(supergraph, limit),
      sources: new Map(supergraph.subgraphs.map(({ name, url }) => [name, sourceFor(name, url)])),
      inFlight: 0,
    };
    generations.set(supergraph.apiSchema, made);
    return made;
  }

  function sourceFor(name: string, url: string): SubgraphDataSource<Context> {
    const key = `${name} ${url}`;
    const source = sources.get(key) ?? options.dataSourceFor(name, url);
    sources.set(key, source);
    return source;
  }

  function prepareIn({ supergraph, operations }: Generation<Context>, document: DocumentNode): number {
    let prepared = 0;
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === 'subscription') continue;
      try {
        const [problem] = validate(supergraph.apiSchema, document, undefined, { maxErrors: 1 });
        if (problem !== undefined) throw problem;
        operations.planned(document, definition).prepare();
        prepared++;
      } catch (error) {
        logger.warn({ err: error, operation: definition.name?.value }, 'operation not planned ahead');
      }
    }
    return prepared;
  }

  function announce({ supergraph }: Generation<Context>): void {
    for (const listener of listeners) {
      listener({ apiSchema: supergraph.apiSchema, coreSupergraphSdl: supergraph.sdl });
    }
  }

  async function execute(request: ExecutorRequest): Promise<ExecutorResult> {
    const serving = generations.get(request.schema) ?? current();
    serving.inFlight++;
    try {
      return await executeOn(serving, request);
    } finally {
      serving.inFlight--;
      if (serving !== loaded) await releaseUnused();
    }
  }

  async function executeOn(
    { operations, sources: bySubgraph }: Generation<Context>,
    request: ExecutorRequest,
  ): Promise<ExecutorResult> {
    const context = request.context as Context;
    const headers = request.request.http?.headers;
    const prepared = operations.prepared(request.queryHash, request.document, request.operation);
    if (options.planOnly?.(context)) {
      prepared.prepare();
      return { data: null };
    }
    const given = request.request.variables ?? {};
    const result = await prepared.run(given, async (step, variables) => {
      const source = bySubgraph.get(step.subgraph);
      if (source === undefined) throw new TypeError(`the plan names an unknown subgraph ${step.subgraph}`);
      return source.fetch({
        query: step.query,
        operationName: step.operationName,
        kind: step.operationKind,
        variables,
        context,
        headers,
      });
    });
    if (options.mayExposePlan?.(context) && headers?.get('apollo-query-plan-experimental')) {
      const plan = prettyFormatQueryPlan(prepared.planFor(given));
      return { ...result, extensions: { __queryPlanExperimental: plan } };
    }
    return result;
  }

  /** Lets go of the data sources that only former supergraphs had, once nobody is served by those any more. */
  async function releaseUnused(): Promise<void> {
    former = former.filter(({ inFlight }) => inFlight > 0);
    const used = new Set([current(), ...former].flatMap(({ sources: each }) => [...each.values()]));
    for (const [key, source] of sources) {
      if (used.has(source)) continue;
      sources.delete(key);
      await source.stop?.();
    }
  }

  async function swap(supergraphSdl: string): Promise<void> {
    const before = current();
    if (supergraphSdl === before.supergraph.sdl) return;
    const next = generation(supergraphSdl);
    for (const { document } of before.operations.operations()) {
      prepareIn(next, document);
      // Planning blocks; requests come in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    former.push(before);
    loaded = next;
    announce(next);
    await releaseUnused();
  }

  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load() {
      loaded ??= generation(options.supergraphSdl);
      announce(loaded);
      return { executor: execute };
    },
    prepare: (documents) => {
      let prepared = 0;
      for (const document of documents) prepared += prepareIn(current(), document);
      return prepared;
    },
    update(supergraphSdl) {
      // One after the other, so that the last one asked for is the one that stays.
      const swapped = updating.then(() => swap(supergraphSdl));
      updating = swapped.catch(() => undefined);
      return swapped;
    },
    async stop() {
      await Promise.all([...sources.values()].map((source) => source.stop?.()));
    },
  };
}
