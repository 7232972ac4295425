/**
 * A subscription: one subgraph sends events, and each of them is answered as a query would be, by fetching from the
 * other subgraphs what they add to it. The next event is asked for when the answer to the one before has been taken.
 */
import { GraphQLError } from 'graphql';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from '../data-source/data-source.ts';
import type { Send } from './plan/wave.ts';
import { oncePlanned } from './planner/planner.ts';
import type { OperationResult, PreparedOperation } from './prepared-operation.ts';
import { fetchOf, sendTo } from './subgraph-sending.ts';

/** `return` ends the subscription at once, also while an event is awaited. */
export type AnsweredEvents = AsyncIterator<OperationResult, void, void>;

/** Whoever sends the answers. */
export interface EventsReceiver<Context> {
  /** Has to be aborted when nobody takes events any more. */
  readonly signal: AbortSignal;
  /** As if each event were a request of its own: with a deadline of its own. */
  eventContext(): Context;
  /** Asked before each event but the first is answered. @returns why there may be no further one: the last answer. */
  refusal?(): Promise<GraphQLError | undefined>;
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

const OVER = { done: true, value: undefined } as const;

/** @returns events, or in their place the answer that says why there are none. */
export async function answeredEvents<Context>(
  request: SubscriptionRequest<Context>,
): Promise<AnsweredEvents | OperationResult> {
  const { prepared, given, receiver, sources } = request;
  const source = await oncePlanned(() => prepared.source(given));
  if (source !== undefined && 'length' in source) return { errors: source };
  if (receiver === undefined) return { errors: [unsubscribable()] };
  const { headers } = request;
  const { signal } = receiver;
  if (source === undefined) {
    // What is asked for is denied: no subgraph has to do with it, and the answer says why.
    const send = sendTo(sources, { context: request.context, headers, signal });
    const { errors = [], ...answer } = request.told(await oncePlanned(() => prepared.run(given, send)));
    return { ...answer, errors: errors.length > 0 ? errors : [unsubscribable()] };
  }
  const from = sources.get(source.step.subgraph);
  if (from?.subscribe === undefined) return { errors: [unsubscribable()] };
  const answerTo = async (event: SubgraphResult): Promise<OperationResult> => {
    const others = sendTo(sources, { context: receiver.eventContext(), headers, signal });
    const send: Send = (step, variables) =>
      step.operationKind === 'subscription' ? Promise.resolve(event) : others(step, variables);
    return request.told(await oncePlanned(() => prepared.run(given, send)));
  };
  const begun = await from.subscribe(
    fetchOf(source.step, source.variables, { context: request.context, headers, signal }),
  );
  if (!('next' in begun)) return answerTo(begun);
  let state: 'new' | 'begun' | 'over' = 'new';
  return {
    async next() {
      const event = state === 'over' ? OVER : await begun.next();
      if (event.done) return OVER;
      const refusal = state === 'new' ? undefined : await receiver.refusal?.();
      state = refusal === undefined ? 'begun' : 'over';
      if (refusal === undefined) return { done: false, value: await answerTo(event.value) };
      await begun.return?.();
      return { done: false, value: { errors: [refusal] } };
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
