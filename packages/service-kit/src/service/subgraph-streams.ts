/**
 * Subscriptions of a subgraph over HTTP: `text/event-stream` for gateways, by the same signed requests as everything else.
 * The request's deadline bounds how long it takes to begin, not how long it lasts. A gateway that does not read holds one
 * event, in the buffers of its connection, until it is given up. A process that stops says so in every stream and ends it;
 * where its events have ids, gateways go on at another copy from there.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { type ExecutionResult, getOperationAST, Kind, parse } from 'graphql';
import { beforeDeadline } from '../deadline.ts';
import { type ErrorCode, isMarqueeError, MarqueeError } from '../errors.ts';
import {
  EVENT_STREAM_TYPE,
  EventFlow,
  type FlowOptions,
  HEARTBEAT,
  SSE_COMPLETE,
  SSE_HEARTBEAT,
  StreamCount,
  sseAnswer,
  sseBeginning,
} from '../events/index.ts';
import type { Logger } from '../logging.ts';
import type { Subgraph, SubgraphEvent, SubgraphEvents, SubgraphRequest } from '../subgraph/index.ts';
import type { Metrics } from './metrics.ts';

export interface SubgraphStreamOptions {
  readonly subgraph: Pick<Subgraph, 'name' | 'execute'>;
  /** More are refused with OVERLOADED. Default 2,000. */
  readonly maxStreams?: number;
  readonly flow?: Partial<FlowOptions>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Gateways end their streams after half an hour; these are for gateways that have forgotten one. */
const DEFAULT_FLOW: FlowOptions = { heartbeatMs: 5_000, maxAgeMs: 60 * 60_000, stalledAfterMs: 15_000 };

export class SubgraphStreams {
  readonly #options: SubgraphStreamOptions;
  readonly #flow: FlowOptions;
  readonly #count: StreamCount;
  readonly #open = new Set<EventFlow<SubgraphEvent>>();
  #beginning = 0;
  #closing = false;

  constructor(options: SubgraphStreamOptions) {
    this.#options = options;
    this.#flow = { ...DEFAULT_FLOW, ...options.flow };
    this.#count = new StreamCount(options.metrics);
  }

  /**
   * @returns what can be answered with `stream`, or the answer that says why there are no events.
   * @throws MarqueeError BAD_REQUEST, OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED.
   */
  async begin(request: SubgraphRequest): Promise<ExecutionResult | SubgraphEvents> {
    const { subgraph, maxStreams = 2_000 } = this.#options;
    const { subscribe } = subgraph.execute;
    if (subscribe === undefined) {
      throw new MarqueeError('BAD_REQUEST', `${subgraph.name} has no subscriptions.`);
    }
    if (this.#closing) throw this.#refusal('SHUTTING_DOWN');
    if (this.#open.size + this.#beginning >= maxStreams) throw this.#refusal('OVERLOADED');
    this.#beginning++;
    const begun = subscribe(request);
    try {
      const events = await beforeDeadline(begun, request.context.deadline, subgraph.name);
      if (this.#closing && 'next' in events) {
        await events.return?.();
        throw this.#refusal('SHUTTING_DOWN');
      }
      return events;
    } catch (error) {
      // It may begin all the same, with nobody there to end it.
      void begun.then(
        (late) => ('next' in late ? late.return?.() : undefined),
        () => undefined,
      );
      throw error;
    } finally {
      this.#beginning--;
    }
  }

  stream(
    reply: FastifyReply,
    events: SubgraphEvents,
    operation: Pick<SubgraphRequest, 'query' | 'operationName'>,
  ): FastifyReply {
    const flow = new EventFlow<SubgraphEvent>(this.#flow, () => reply.raw.destroy());
    if (reply.raw.destroyed) {
      void events.return?.();
      return reply.hijack();
    }
    this.#open.add(flow);
    const name = subscribedField(operation);
    const counted = this.#count.opened(name);
    reply.raw.once('close', () => {
      flow.end('client');
      this.#open.delete(flow);
      counted.closed(flow.ended ?? 'client');
      void events.return?.();
    });
    const failed = (error: unknown): SubgraphEvent => {
      this.#options.logger.error({ err: error, subscription: name }, 'a source of events broke');
      return farewell(isMarqueeError(error) ? error.code : 'DEPENDENCY_UNAVAILABLE');
    };
    return reply
      .headers({
        'content-type': EVENT_STREAM_TYPE,
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        // Nobody else's connection; kept alive after the last word it would hold up a process that stops.
        connection: 'close',
      })
      .send(Readable.from(texts(flow, events, failed, counted.event)));
  }

  /** Tells every gateway, and ends all streams. None begins after that. */
  endAll(): void {
    this.#closing = true;
    for (const flow of this.#open) flow.end('shutdown', farewell('SHUTTING_DOWN'));
  }

  #refusal(code: ErrorCode): MarqueeError {
    this.#count.refused(code);
    return new MarqueeError(code, `${this.#options.subgraph.name} begins no more streams`);
  }
}

async function* texts(
  flow: EventFlow<SubgraphEvent>,
  events: SubgraphEvents,
  failed: (error: unknown) => SubgraphEvent,
  taken: () => void,
): AsyncGenerator<string, void, void> {
  yield sseBeginning(events.eventId);
  for await (const event of flow.of(events, failed)) {
    if (event === HEARTBEAT) {
      yield SSE_HEARTBEAT;
      continue;
    }
    const { eventId, ...answer } = event;
    yield sseAnswer(JSON.stringify(answer), eventId);
    taken();
  }
  yield SSE_COMPLETE;
}

function farewell(code: ErrorCode): SubgraphEvent {
  const { publicMessage, definition } = new MarqueeError(code, 'the stream ends here');
  const { retryable } = definition;
  return {
    errors: [{ message: publicMessage, extensions: { code, retryable } }],
  } as unknown as SubgraphEvent;
}

/** Of a document that is valid: a name that the schema has, so there are few of them. */
function subscribedField({ query, operationName }: Pick<SubgraphRequest, 'query' | 'operationName'>): string {
  const operation = getOperationAST(parse(query, { noLocation: true }), operationName);
  const [first] = operation?.selectionSet.selections ?? [];
  return first?.kind === Kind.FIELD ? first.name.value : 'fragment';
}
