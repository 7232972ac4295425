/**
 * The gateway behind Apollo Server: its supported seam for federation is an object that loads a schema and hands
 * out an executor. Planning is Apollo's; what runs the plans and shapes the answers is ours.
 */

import { prettyFormatQueryPlan } from '@apollo/query-planner';
import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { Logger } from '@marquee/service-kit';
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, validate } from 'graphql';
import type {
  ClientHeaders,
  SubgraphDataSource,
  SubgraphFetch,
  SubgraphResult,
} from '../data-source/data-source.ts';
import type { AccessControl, AccessDecision } from './access-control.ts';
import type { AnswerKeeping } from './answer-keeping.ts';
import { type AnsweredEvents, answeredEvents, type EventsReceiver } from './answered-events.ts';
import type { DeferredAnswer } from './deferred-answer.ts';
import type { ExecutionObserver } from './execution-observer.ts';
import { OperationStore } from './operation-store.ts';
import type { Data } from './plan/data.ts';
import type { FetchStep } from './plan/steps.ts';
import type { Send } from './plan/wave.ts';
import { createPause, type Pause } from './planning/pauses.ts';
import type { OperationResult } from './prepared-operation.ts';
import {
  type LoadedSupergraph,
  loadSupergraph,
  loadSupergraphBeside,
  type SupergraphOptions,
} from './supergraph/supergraph.ts';

type GatewayInterface = NonNullable<ApolloServerOptionsWithGateway<BaseContext>['gateway']>;
type SchemaListener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;
type ExecutorResult = Awaited<ReturnType<Executor>>;

/** Of each a plan and its shapes: some ten kilobytes. */
const DEFAULT_MAX_OPERATIONS = 1_000;
/** Any value of these asks for the plan, in this extension of the answer; the second are Apollo's names. */
const PLAN_HEADERS = [
  ['marquee-query-plan', 'queryPlan'],
  ['apollo-query-plan-experimental', '__queryPlanExperimental'],
] as const;
/** A swap does not wait longer for plans; what is then still missing is planned when it is asked for. */
const REPLAN_WITHIN_MS = 20_000;

export interface FederationExecutorOptions<Context> extends SupergraphOptions {
  /** Any composed Federation 2 supergraph. */
  readonly supergraphSdl: string;
  /** Whether others are being served while it is loaded. Default: it is loaded at once. */
  readonly loadBeside?: boolean;
  /** @param url as the supergraph has it. Asked once for each subgraph and address. */
  dataSourceFor(subgraph: string, url: string): SubgraphDataSource<Context>;
  /** Prepared operations kept per supergraph. Default 1,000. */
  readonly maxOperations?: number;
  /** What became of a request that was executed before. Default: none was. */
  readonly settled?: (context: Context) => (() => Promise<OperationResult>) | undefined;
  /** Requests that are to be planned and not to be executed. Default: none. */
  readonly planOnly?: (context: Context) => boolean;
  /** Whose requests are to be on one side of `@override(label:)`. Default: everybody is on the same. */
  readonly overrideIdentity?: (context: Context) => string;
  /** Answers with the plan beside the data where the client asks for it by header. Default: to nobody. */
  readonly mayExposePlan?: (context: Context) => boolean;
  /** Who is told of plans and fetches of a request. Default: nobody. */
  readonly observe?: (context: Context) => ExecutionObserver<Context> | undefined;
  /** Documents to have plans for whenever a supergraph takes over, sent before or not. Default: none. */
  readonly expected?: () => Iterable<DocumentNode>;
  /** Called before a supergraph takes over, for whatever else is to be ready by then. A fault of it refuses the swap. */
  readonly beforeSwap?: (next: GraphQLSchema, pause: Pause) => Promise<void>;
  /** For requests whose answers may come in parts. Default: all answers come in one. */
  readonly inParts?: (context: Context) => PartsReceiver | undefined;
  /** For requests whose client takes events. Default: subscriptions are refused. */
  readonly events?: (context: Context) => EventsReceiver<Context> | undefined;
  /** Answers of subgraphs are kept for others. Default: none are. */
  readonly answerKeeping?: AnswerKeeping<Context> | undefined;
  /** What a request may not read of what it asks for. Default: it may read everything. */
  readonly accessControl?: AccessControl<Context> | undefined;
  readonly logger: Logger;
}

/** Whoever sends the parts that come after the first. */
export interface PartsReceiver {
  /** Has to be aborted when the answer is over, whole or not: what is then still being fetched is given up. */
  readonly signal: AbortSignal;
  /** Called at most once, before the first part is handed out. */
  deliver(answer: DeferredAnswer): void;
}

/** An operation of a document that is valid over the schema. */
export interface KnownOperation<Context> {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Of the document's text. */
  readonly queryHash: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly headers: ClientHeaders | undefined;
  readonly context: Context;
}

export interface FederationExecutor<Context> extends GatewayInterface {
  /** What Apollo Server has done once it has found out what is to be run. Rejects where an operation cannot be planned. */
  execute(operation: KnownOperation<Context>): Promise<ExecutorResult>;
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
  readonly access: ReturnType<AccessControl<Context>> | undefined;
  readonly keeping: ReturnType<AnswerKeeping<Context>> | undefined;
  /** Requests that are being executed. */
  inFlight: number;
}

export function createFederationExecutor<Context>(
  options: FederationExecutorOptions<Context>,
): FederationExecutor<Context> {
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

  function generation(supergraph: LoadedSupergraph): Generation<Context> {
    const made: Generation<Context> = {
      supergraph,
      operations: new OperationStore(supergraph, limit),
      sources: new Map(supergraph.subgraphs.map(({ name, url }) => [name, sourceFor(name, url)])),
      access: options.accessControl?.(supergraph.apiSchema, supergraph.sdl),
      keeping: options.answerKeeping?.(supergraph.sdl),
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

  function prepareIn(
    { supergraph, operations }: Generation<Context>,
    document: DocumentNode,
    overrides?: readonly string[],
  ): number {
    let prepared = 0;
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === 'subscription') continue;
      try {
        const [problem] = validate(supergraph.apiSchema, document, undefined, { maxErrors: 1 });
        if (problem !== undefined) throw problem;
        operations.planned(document, definition, undefined, overrides).prepare();
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

  async function execute(request: KnownOperation<Context>): Promise<ExecutorResult> {
    const serving = generations.get(request.schema) ?? current();
    serving.inFlight++;
    try {
      return await executeOn(serving, request);
    } finally {
      await leave(serving);
    }
  }

  async function leave(serving: Generation<Context>): Promise<void> {
    serving.inFlight--;
    if (serving !== loaded) await releaseUnused();
  }

  async function deliverEvents(
    serving: Generation<Context>,
    events: AnsweredEvents,
    context: Context,
  ): Promise<ExecutorResult> {
    const receiver = options.events?.(context);
    if (receiver === undefined || receiver.signal.aborted) await events.return?.();
    else {
      serving.inFlight++;
      const end = async (): Promise<void> => {
        await events.return?.();
        await leave(serving);
      };
      receiver.signal.addEventListener('abort', () => void end(), { once: true });
      receiver.deliver(events);
    }
    return { data: null };
  }

  function deliverLater(serving: Generation<Context>, deferred: DeferredAnswer, to: PartsReceiver): void {
    if (to.signal.aborted) return;
    serving.inFlight++;
    to.signal.addEventListener('abort', () => void leave(serving), { once: true });
    to.deliver(deferred);
  }

  async function executeOn(
    serving: Generation<Context>,
    request: KnownOperation<Context>,
  ): Promise<ExecutorResult> {
    const { operations, sources: bySubgraph, access } = serving;
    const { queryHash, document, operation, context, headers } = request;
    if (options.planOnly?.(context)) {
      operations.prepared(queryHash, document, operation).prepare();
      return { data: null };
    }
    const given = request.variables ?? {};
    const decision = access?.judge({
      documentHash: queryHash,
      document,
      operation,
      variables: given,
      context,
    });
    if (decision?.refused) return { errors: decision.errors ?? [] };
    const observer = options.observe?.(context);
    const startedAt = observer === undefined ? 0 : performance.now();
    const overrides = serving.supergraph.overrides?.activeFor(options.overrideIdentity?.(context) ?? '');
    const prepared = operations.prepared(queryHash, document, operation, decision?.denied, overrides);
    if (operation.operation === 'subscription') {
      const begun = await answeredEvents({
        ...{ prepared, given, context, headers, sources: bySubgraph, receiver: options.events?.(context) },
        told: (answer) =>
          decision === undefined ? answer : (withDecision(answer, decision) as OperationResult),
      });
      return 'next' in begun ? deliverEvents(serving, begun, context) : (begun as ExecutorResult);
    }
    const receiver = options.inParts?.(context);
    const signal = operation.operation === 'query' ? receiver?.signal : undefined;
    const answers = serving.keeping?.begin({
      context,
      headers,
      operation: operation.operation,
      propagated: (subgraph) => bySubgraph.get(subgraph)?.propagatedHeaders ?? [],
    });
    const ask = (step: FetchStep, variables: Data): Promise<SubgraphResult> => {
      const source = bySubgraph.get(step.subgraph);
      if (source === undefined) throw new TypeError(`the plan names an unknown subgraph ${step.subgraph}`);
      const fetch: SubgraphFetch<Context> = {
        query: step.query,
        operationName: step.operationName,
        kind: step.operationKind,
        variables,
        context,
        headers,
        ...(signal === undefined ? {} : { signal }),
        ...(answers === undefined ? {} : { keeping: true }),
      };
      return observer === undefined
        ? source.fetch(fetch)
        : observer.fetch(step.subgraph, fetch, (request) => source.fetch(request));
    };
    // What an async function would do, without the turns of the microtask queue that each would cost each fetch.
    const send: Send = (step, variables) => {
      try {
        return ask(step, variables);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const run = prepared.run(given, send, {
      inParts: receiver !== undefined,
      through: answers && ((next) => answers.through(next)),
      onPlan: observer && ((known) => observer.planned(known, startedAt)),
    });
    const { deferred, ...answer } = await (answers === undefined ? run : run.finally(() => answers.finish()));
    if (deferred !== undefined && receiver !== undefined) deliverLater(serving, deferred, receiver);
    const result: ExecutorResult = decision === undefined ? answer : withDecision(answer, decision);
    const asked = PLAN_HEADERS.find(([header]) => headers?.get(header));
    if (asked === undefined || !options.mayExposePlan?.(context)) return result;
    const plan = prettyFormatQueryPlan(prepared.planFor(given));
    return { ...result, extensions: { ...result.extensions, [asked[1]]: plan } };
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
    const pause = createPause();
    const supergraph = await loadSupergraphBeside(supergraphSdl, options, pause);
    try {
      const next = generation(supergraph);
      await pause();
      await replan(before, next, pause);
      await options.beforeSwap?.(supergraph.apiSchema, pause);
      former.push(before);
      loaded = next;
      announce(next);
    } finally {
      await releaseUnused();
    }
  }

  /** What was used last comes first; planning blocks, so requests come in between. */
  async function replan(before: Generation<Context>, next: Generation<Context>, pause: Pause): Promise<void> {
    const until = performance.now() + REPLAN_WITHIN_MS;
    const expected = [...(options.expected?.() ?? [])].map((document) => ({ document, overrides: [] }));
    for (const { document, overrides } of [...before.operations.operations(), ...expected]) {
      if (performance.now() > until) return;
      prepareIn(next, document, overrides);
      await pause();
    }
  }

  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load() {
      const { supergraphSdl } = options;
      loaded ??= generation(
        options.loadBeside
          ? await loadSupergraphBeside(supergraphSdl, options, createPause())
          : loadSupergraph(supergraphSdl, options),
      );
      announce(loaded);
      return {
        executor: (request) => {
          const context = request.context as Context;
          const settled = options.settled?.(context);
          if (settled !== undefined) return settled();
          const { schema, document, operation, queryHash } = request;
          const { variables, http } = request.request;
          return execute({
            ...{ schema, document, operation, queryHash, variables, context },
            headers: http?.headers,
          });
        },
      };
    },
    execute,
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

function withDecision(answer: OperationResult, { errors = [], extensions }: AccessDecision): ExecutorResult {
  // An operation that could not be run has nothing that could have been left out.
  if (answer.data === undefined) return answer;
  const all = [...(answer.errors ?? []), ...errors];
  return {
    data: answer.data,
    ...(all.length === 0 ? {} : { errors: all }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
