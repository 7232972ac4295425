/**
 * The gateway behind Apollo Server: its supported seam for federation is an object that loads a schema and hands
 * out an executor. Planning is Apollo's; what runs the plans and shapes the answers is ours.
 */
import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { Logger } from '@marquee/service-kit';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { ClientHeaders } from '../data-source/data-source.ts';
import { withDecision } from './access-control.ts';
import { type AnsweredEvents, answeredEvents, type EventsReceiver } from './answered-events.ts';
import type { DeferredAnswer } from './deferred-answer.ts';
import type { ExecutionObserver } from './execution-observer.ts';
import { planExtension, planText } from './exposed-plan.ts';
import { type Generation, Generations, type GenerationsOptions } from './generations.ts';
import { oncePlanned, type Planner, plannerInThisThread } from './planner/planner.ts';
import { createPause, withoutPause } from './planning/pauses.ts';
import { PlanningAhead } from './planning-ahead.ts';
import type { OperationResult, RunOptions } from './prepared-operation.ts';
import { sendTo } from './subgraph-sending.ts';
import type { SupergraphOptions } from './supergraph/supergraph.ts';
import {
  type ReadySupergraph,
  type SupergraphUpdateOptions,
  SupergraphUpdates,
} from './supergraph-updates.ts';

type GatewayInterface = NonNullable<ApolloServerOptionsWithGateway<BaseContext>['gateway']>;
type SchemaListener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;
type ExecutorResult = Awaited<ReturnType<Executor>>;

export interface FederationExecutorOptions<Context>
  extends SupergraphOptions,
    SupergraphUpdateOptions,
    GenerationsOptions<Context> {
  /** Any composed Federation 2 supergraph. */
  readonly supergraphSdl: string;
  /** Whether others are being served while it is loaded. Default: it is loaded at once. */
  readonly loadBeside?: boolean;
  /** Who reads supergraphs and plans operations; not stopped here. Default: this thread does. */
  readonly planner?: Planner | undefined;
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
  /** For requests whose answers may come in parts. Default: all answers come in one. */
  readonly inParts?: (context: Context) => PartsReceiver | undefined;
  /** For requests whose client takes events. Default: subscriptions are refused. */
  readonly events?: (context: Context) => EventsReceiver<Context> | undefined;
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
  prepare(documents: Iterable<DocumentNode>): Promise<number>;
  /**
   * Gets a supergraph ready to take over: the operations in use are planned over it, so that no request waits for that.
   * Requests under way at the swap end on the old one. Another one is got ready once this one is in force or discarded.
   * @param isChecked whoever made the text has seen that it is a supergraph. Default: it comes from outside.
   * @throws MarqueeError CONFIG_INVALID for a text that is no supergraph; the old one stays.
   */
  makeReady(supergraphSdl: string, isChecked?: boolean): Promise<ReadySupergraph>;
  /** The same, and puts it in force. */
  update(supergraphSdl: string, isChecked?: boolean): Promise<void>;
}

export function createFederationExecutor<Context>(
  options: FederationExecutorOptions<Context>,
): FederationExecutor<Context> {
  const { logger } = options;
  const { planner = plannerInThisThread } = options;
  const listeners = new Set<SchemaListener>();
  const generations = new Generations<Context>(options);
  const updates = new SupergraphUpdates({ ...options, planner, generations, announce });
  let isLoaded = false;

  function announce({ plannable: { supergraph } }: Generation<Context>): void {
    for (const listener of listeners) {
      listener({ apiSchema: supergraph.apiSchema, coreSupergraphSdl: supergraph.sdl });
    }
  }

  async function execute(request: KnownOperation<Context>): Promise<ExecutorResult> {
    const serving = generations.of(request.schema);
    generations.enter(serving);
    try {
      return await executeOn(serving, request);
    } finally {
      await generations.leave(serving);
    }
  }

  async function deliverEvents(
    serving: Generation<Context>,
    events: AnsweredEvents,
    context: Context,
  ): Promise<ExecutorResult> {
    const receiver = options.events?.(context);
    if (receiver === undefined || receiver.signal.aborted) await events.return?.();
    else {
      generations.hold(serving, receiver.signal, () => events.return?.());
      receiver.deliver(events);
    }
    return { data: null };
  }

  function deliverLater(serving: Generation<Context>, deferred: DeferredAnswer, to: PartsReceiver): void {
    if (to.signal.aborted) return;
    generations.hold(serving, to.signal);
    to.deliver(deferred);
  }

  async function executeOn(
    serving: Generation<Context>,
    request: KnownOperation<Context>,
  ): Promise<ExecutorResult> {
    const { operations, sources: bySubgraph, access } = serving;
    const { supergraph } = serving.plannable;
    const { queryHash, document, operation, context, headers } = request;
    if (options.planOnly?.(context)) {
      await oncePlanned(() => operations.prepared(queryHash, document, operation).prepare());
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
    const overrides = supergraph.overrides?.activeFor(options.overrideIdentity?.(context) ?? '');
    const prepared = operations.prepared(queryHash, document, operation, decision?.denied, overrides);
    if (operation.operation === 'subscription') {
      const begun = await answeredEvents({
        ...{ prepared, given, context, headers, sources: bySubgraph, receiver: options.events?.(context) },
        told: (answer) => (decision === undefined ? answer : withDecision(answer, decision)),
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
    const sending = { context, headers, signal, isKept: answers !== undefined };
    const send = sendTo(bySubgraph, sending, observer);
    const runOptions: RunOptions = {
      inParts: receiver !== undefined,
      through: answers && ((next) => answers.through(next)),
      onPlan: observer && ((known) => observer.planned(known, startedAt)),
    };
    const run = oncePlanned(() => prepared.run(given, send, runOptions));
    const { deferred, ...answer } = await (answers === undefined ? run : run.finally(() => answers.finish()));
    if (deferred !== undefined && receiver !== undefined) deliverLater(serving, deferred, receiver);
    const result: ExecutorResult = decision === undefined ? answer : withDecision(answer, decision);
    const extension = planExtension(headers);
    if (extension === undefined || !options.mayExposePlan?.(context)) return result;
    const plan = planText(await oncePlanned(() => prepared.planFor(given)));
    return { ...result, extensions: { ...result.extensions, [extension]: plan } };
  }

  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load() {
      if (!isLoaded) {
        const { supergraphSdl, loadBeside: closely = false } = options;
        const pause = closely ? createPause() : withoutPause;
        const plannable = await planner.load(supergraphSdl, { ...options, closely }, pause);
        try {
          generations.putInForce(await generations.make(plannable, pause));
        } catch (error) {
          plannable.release();
          await generations.stop();
          throw error;
        }
        isLoaded = true;
      }
      announce(generations.current);
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
    async prepare(documents) {
      const ahead = new PlanningAhead(generations.current, logger);
      let prepared = 0;
      for (const document of documents) prepared += await ahead.prepare(document);
      return prepared;
    },
    makeReady: (supergraphSdl, isChecked) => updates.makeReady(supergraphSdl, isChecked),
    async update(supergraphSdl, isChecked) {
      const ready = await updates.makeReady(supergraphSdl, isChecked);
      await ready.putInForce();
    },
    stop: () => generations.stop(),
  };
}
