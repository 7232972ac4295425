/** Tells what became of each operation: to its trace, the metrics, the slow-operation log and the usage counter. */
import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { Metrics } from '@marquee/service-kit';
import type { GatewayPlugin } from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import type { ErrorCounter } from './error-counter.ts';
import type { ObservedOperation } from './observed-operation.ts';
import { OperationLabels } from './operation-labels.ts';
import type { SlowOperations } from './slow-operations.ts';
import type { UsageCounter } from './usage-counter.ts';

export interface SightPluginOptions {
  readonly metrics: Metrics | undefined;
  readonly errors: ErrorCounter;
  /** Absent: none is slow. */
  readonly slow: SlowOperations | undefined;
  readonly usage: UsageCounter;
}

type Answered = GraphQLRequestContextWillSendResponse<GatewayContext>;

const MAX_NAME = 100;
const UNKNOWN_CLIENT = { name: 'unnamed', version: 'unnamed', proven: false };

export function sightPlugin(options: SightPluginOptions): GatewayPlugin {
  const { metrics, errors, slow, usage } = options;
  const labels = new OperationLabels();

  /** Of an answer in parts: of the first one, which is what somebody waits for. */
  function measure(context: Answered, observed: ObservedOperation): void {
    const { operation, client } = namesOf(context);
    const outcome = outcomeOf(context);
    const seconds = (performance.now() - observed.startedAt) / 1000;
    metrics?.observe('marquee_graphql_operation_seconds', seconds, {
      ...labels.of(operation, client),
      outcome,
    });
    if (observed.plan !== undefined) {
      metrics?.count('marquee_cache_lookups_total', { cache: 'plan', outcome: observed.plan });
    }
    const { body } = context.response;
    if (body.kind === 'single') errors.count(body.singleResult.errors ?? [], context.errors ?? []);
  }

  /** Of an answer in parts: when the last one is sent, or the client has gone away. */
  function finish(context: Answered, observed: ObservedOperation): void {
    const endedAt = performance.now();
    const durationMs = endedAt - observed.startedAt;
    const { operation, client } = namesOf(context);
    const first = outcomeOf(context);
    const { span, laterError } = observed;
    const outcome = first === 'ok' && laterError !== undefined ? 'errors' : first;
    if (span !== undefined) {
      if (outcome !== 'ok') span.fail(`${context.errors?.[0]?.extensions.code ?? laterError ?? outcome}`);
      if (observed.cost !== undefined) span.set({ 'marquee.operation.cost.estimated': observed.cost });
      span.set({ 'marquee.client.name': client.name, 'marquee.operation.outcome': outcome });
      span.end(endedAt);
    }
    if (slow?.isSlow(durationMs)) {
      metrics?.count('marquee_slow_operations_total');
      slow.note({
        operation,
        documentHash: context.queryHash?.slice(0, 12) ?? '',
        client: client.name,
        clientVersion: client.version,
        durationMs,
        planMs: observed.planMs,
        plan: observed.plan,
        cost: observed.cost,
        subgraphs: observed.subgraphs,
        requestId: context.contextValue.request.requestId,
        traceId: context.contextValue.request.traceparent?.split('-')[1],
      });
    }
  }

  return {
    requestDidStart: ({ contextValue: { observed, client, planOnly } }) => {
      if (observed === undefined || planOnly) return undefined;
      observed.begin();
      return {
        didResolveOperation: ({ schema, document, operation, operationName, queryHash }) => {
          if (operation === undefined || document === undefined) return;
          const { span } = observed;
          if (span !== undefined) {
            const name = operationName?.slice(0, MAX_NAME);
            span.rename(name === undefined ? operation.operation : `${operation.operation} ${name}`);
            span.set({
              'graphql.operation.type': operation.operation,
              ...(name === undefined ? {} : { 'graphql.operation.name': name }),
              'graphql.document.hash': queryHash ?? '',
            });
          }
          usage.count(
            { schema, document, operation, documentHash: queryHash ?? '' },
            client ?? UNKNOWN_CLIENT,
          );
        },
        willSendResponse: (context) => {
          measure(context, observed);
          const { parts } = context.contextValue;
          if (parts?.later === undefined || parts.signal.aborted) finish(context, observed);
          else parts.signal.addEventListener('abort', () => finish(context, observed), { once: true });
        },
      };
    },
  };
}

function namesOf({ operationName, contextValue }: Answered) {
  const operation = (operationName ?? 'anonymous').slice(0, MAX_NAME);
  return { operation, client: contextValue.client ?? UNKNOWN_CLIENT };
}

function outcomeOf({ errors, response }: Answered): 'ok' | 'errors' | 'failed' {
  if (errors === undefined || errors.length === 0) return 'ok';
  const { body } = response;
  const data = body.kind === 'single' ? body.singleResult.data : body.initialResult.data;
  return data === null || data === undefined ? 'failed' : 'errors';
}
