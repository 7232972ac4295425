/**
 * A subscription: one subgraph sends events, and each of them is answered as a query would be, by fetching from the
 * other subgraphs what they add to it. The next event is asked for when the answer to the one before has been taken.
 */
import { GraphQLError } from 'graphql';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from '../data-source/data-source.ts';
import type { Data } from './plan/data.ts';
import type { FetchStep } from './plan/steps.ts';
import type { Send } from './plan/wave.ts';
import { oncePlanned } from './planner/planner.ts';
import type { OperationResult, PreparedOperation } from './prepared-operation.ts';

/** `return` ends the subscription at once, also while an event is awaited. */
export type AnsweredEvents = AsyncIterator<OperationResult, void, void>;

/** Whoever sends the answers. */
export interface EventsReceiver<Context> {
  /** Has to be aborted when nobody takes events any more. */
  readonly signal: AbortSignal;
  /** As if each event were a request of its own: with a deadline of its own. */
  eventContext(): Context;
  /** Called at most once, before the operation's own answer is handed out, which says nothing then. */
  deliver(answers: AnsweredEvents): void;
}

export interface SubscriptionRequest<Context> {
  readonly prepared: PreparedOperation;
  readonly given: Readonly<Record<string, unknown>>;
  readonly context: Context;
  readonly headers: SubgraphFetch['headers'];
  readonly sources: ReadonlyMap<string, SubgraphDataSource<Context>>;
  readonly receiver: EventsReceiver<Context> | undefined;
  /** What the request is denied belongs into every answer. */
  told(answer: OperationResult): OperationResult;
}

/** @returns events, or in their place the answer that says why there are none. */
export async function answeredEvents<Context>(
  request: SubscriptionRequest<Context>,
): Promise<AnsweredEvents | OperationResult> {
  const { prepared, given, receiver, sources } = request;
  const source = await oncePlanned(() => prepared.source(given));
  if (source !== undefined && 'length' in source) return { errors: source };
  const from = source && sources.get(source.step.subgraph);
  if (receiver === undefined || source === undefined || from?.subscribe === undefined) {
    return { errors: [unsubscribable()] };
  }
  const fetchOf = (step: FetchStep, variables: Data, context: Context): SubgraphFetch<Context> => ({
    query: step.query,
    operationName: step.operationName,
    kind: step.operationKind,
    variables,
    context,
    headers: request.headers,
    signal: receiver.signal,
  });
  const answerTo = async (event: SubgraphResult): Promise<OperationResult> => {
    const context = receiver.eventContext();
    const send: Send = async (step, variables) => {
      if (step.operationKind === 'subscription') return event;
      const other = sources.get(step.subgraph);
      if (other === undefined) throw new TypeError(`the plan names an unknown subgraph ${step.subgraph}`);
      return other.fetch(fetchOf(step, variables, context));
    };
    return request.told(await oncePlanned(() => prepared.run(given, send)));
  };
  const begun = await from.subscribe(fetchOf(source.step, source.variables, request.context));
  if (!('next' in begun)) return answerTo(begun);
  return {
    async next() {
      const event = await begun.next();
      return event.done
        ? { done: true, value: undefined }
        : { done: false, value: await answerTo(event.value) };
    },
    async return() {
      await begun.return?.();
      return { done: true, value: undefined };
    },
  };
}

function unsubscribable(): GraphQLError {
  return new GraphQLError('No events can be sent for this subscription.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}
