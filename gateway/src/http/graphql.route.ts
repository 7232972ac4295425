/** `/graphql`: the gate, identity and admission first, then Apollo Server. */
import { Readable } from 'node:stream';
import { isMarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { AnswerAge } from '../caching/answer-age.ts';
import { conditionalAnswer } from '../caching/conditional-answer.ts';
import { asGraphQLError, httpErrorBody, identified } from '../errors/http-errors.ts';
import type { ViewerIdentity } from '../identity/identity.ts';
import { AnswerParts } from '../incremental/answer-parts.ts';
import { acceptedFormat } from '../incremental/delivery-format.ts';
import { multipartType } from '../incremental/multipart.ts';
import type { DocumentAdmission } from '../limits/admission.ts';
import { admitVariables } from '../limits/variable-limits.ts';
import { worthOf } from '../overload/criticality.ts';
import type { OverloadProtection } from '../overload/overload-protection.ts';
import { withKeyScopes } from '../partners/key-scopes.ts';
import type { PartnerLimits } from '../partners/partner-limits.ts';
import { createGatewayContext, type GatewayContext } from '../request-context.ts';
import type { Sight } from '../sight/sight.ts';
import { EventStream } from '../subscriptions/event-stream.ts';
import type { OpenStreams } from '../subscriptions/open-streams.ts';
import { acceptedStream } from '../subscriptions/stream-format.ts';
import { compressed } from './compression.ts';
import { chooseGraph, type GraphChoiceOptions } from './graph-choice.ts';
import { GRAPHQL_RESPONSE_TYPE, JSON_TYPE, readOnce, responseMediaType } from './negotiation.ts';
import type { RequestGate } from './request-gate.ts';

export const GRAPHQL_PATH = '/graphql';
/** The whole graph, and its contract variants by name; each also with the id of a trusted document. */
export const GRAPHQL_PATHS = [GRAPHQL_PATH, `/contracts/:contract${GRAPHQL_PATH}`].flatMap((path) => [
  path,
  `${path}/:documentId`,
]);

const LONG_TEXT = 65_536;
/** Of an answer in parts: they are made as fast as they can be, however slowly they are read. */
const PARTS_AHEAD = 1_024;

export interface GraphqlRouteOptions {
  readonly graphs: GraphChoiceOptions;
  readonly gate: RequestGate;
  readonly limits: PartnerLimits;
  readonly identity: ViewerIdentity;
  readonly admission: DocumentAdmission;
  readonly overload: OverloadProtection;
  /**
   * Called once for every answer: when all of it is there, with its size in bytes, which is its client's to take from now on; or
   * when it turns out to be events.
   */
  readonly made: (reply: FastifyReply, bytes?: number) => void;
  readonly requestDeadlineMs: number;
  /** Whether long answers are sent compressed to clients that can read them so. */
  readonly compresses: boolean;
  readonly streams: OpenStreams;
  readonly sight: Pick<Sight, 'observe'>;
}

/** @param options.graphs hands out servers that have been started. */
export function addGraphqlRoute(server: FastifyInstance, options: GraphqlRouteOptions): void {
  const context = async (request: FastifyRequest, reply: FastifyReply): Promise<GatewayContext> => {
    try {
      const made = await createGatewayContext(
        request.id,
        request.headers,
        options.identity,
        options.requestDeadlineMs,
      );
      const passed = options.gate.passed(request);
      const text = passed?.document.text;
      if (text !== undefined) options.admission.admit(text);
      admitVariables(parametersOf(request)?.variables);
      const observed = options.sight.observe(request, made);
      if (passed === undefined) return observed;
      const { caller } = passed;
      return {
        ...withKeyScopes(observed, caller),
        client: caller,
        charge: (cost) => options.limits.takeCost(caller, cost, reply),
        chargeEvent: async (cost) => options.limits.takeCost(options.gate.callerNow(request), cost),
      };
    } catch (error) {
      throw isMarqueeError(error) ? asGraphQLError(error) : error;
    }
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const contract = options.gate.passed(request)?.contract;
    const graph = await chooseGraph(request, reply, contract, () => context(request, reply), options.graphs);
    const { format, stream, inOnePiece } = accepted(request.headers.accept);
    const parts = format && new AnswerParts(format, reply.raw);
    const events = stream && new EventStream(stream, request.ip, reply.raw, options.streams);
    const asked = options.gate.asked(request, inOnePiece ? undefined : JSON_TYPE);
    const { status, headers, body } = await graph.requests.answer(asked, async () => ({
      ...(await graph.context()),
      ...(request.method === 'GET' && { answerAge: new AnswerAge() }),
      ...(parts && { parts }),
      ...(events && { events }),
    }));
    for (const [name, value] of headers) reply.header(name, value);
    // Not for longer than it takes to look at it.
    if (graph.isPreview) reply.header('cache-control', 'private, no-store');
    reply.code(status ?? 200);
    if (body.kind !== 'complete') return reply.send(Readable.from(body.asyncIterator));
    if (events?.begun || (events !== undefined && !inOnePiece && parts === undefined)) {
      // Waiting for events is no work that anybody else would have to wait for.
      options.overload.answered(reply);
      options.made(reply);
      const written = Readable.from(events.body(events.begun ? undefined : body.string));
      if (!events.begun) reply.code(200);
      return streamed(reply, events.format.mediaType, written);
    }
    if (parts === undefined || (parts.later === undefined && inOnePiece)) {
      return reply.statusCode >= 400 ? identified(body.string, request.id) : body.string;
    }
    const written = measured(parts.body(body.string), (bytes) => {
      options.overload.answered(reply);
      options.made(reply, bytes);
    });
    return streamed(
      reply,
      multipartType(parts.format.parameter),
      Readable.from(written, { highWaterMark: PARTS_AHEAD }),
    );
  };
  const asked: Omit<RouteOptions, 'url'> = {
    method: ['GET', 'POST'],
    onRequest: [
      refuseUnacceptable,
      // Before the body is read: a refusal that costs as much as an answer helps nobody.
      (_request, _reply, done) => done(options.overload.atDoor()),
    ],
    preHandler: async (request, reply) => {
      const passed = await options.gate.pass(request, reply);
      if (passed === undefined) return;
      const known = options.admission.read(passed.document.text ?? '');
      // Refused at once and for next to nothing: no reason to wait for that.
      if (known.refusal !== undefined) return;
      const worth = worthOf(known.criticalities, operationName(request), request.headers);
      await options.overload.admit(reply, worth, known.time);
    },
    // Not async: nearly every answer can be sent at once.
    onSend: (request, reply, payload, done) => {
      if (typeof payload !== 'string') return done(null, payload);
      options.overload.answered(reply);
      const sent = conditionalAnswer(request, reply, payload);
      if (sent === null) return done(null, sent);
      const packed = options.compresses ? compressed(request, reply, sent) : undefined;
      const send = (whole: Buffer | string): void => {
        options.made(reply, whole.length);
        done(null, whole);
      };
      if (packed !== undefined) return void packed.then(send, done);
      // A long text would be copied once more beside its head, and measured twice.
      send(sent.length > LONG_TEXT ? Buffer.from(sent) : sent);
    },
    handler: (request, reply) => {
      // Answers depend on the viewer; nothing on the way may keep them.
      reply.header('cache-control', 'private, no-store');
      return answer(request, reply);
    },
  };
  const refused: Omit<RouteOptions, 'url'> = {
    method: ['DELETE', 'OPTIONS', 'PATCH', 'PUT'],
    handler: async (request, reply) =>
      refuse(
        request,
        reply.header('allow', 'GET, POST'),
        405,
        'GraphQL is asked by GET or POST; each subscription by a request of its own.',
      ),
  };
  for (const url of GRAPHQL_PATHS) {
    server.route({ ...asked, url });
    server.route({ ...refused, url });
  }
}

const accepted = readOnce((accept) => ({
  format: acceptedFormat(accept),
  stream: acceptedStream(accept),
  inOnePiece: responseMediaType(accept) !== undefined,
}));

/** @param whole is called at the end, with the size of all texts. */
async function* measured(texts: AsyncIterable<string>, whole: (bytes: number) => void) {
  let bytes = 0;
  try {
    for await (const text of texts) {
      bytes += text.length;
      yield text;
    }
  } finally {
    whole(bytes);
  }
}

/** Nothing on the way may keep half an answer, or hold it back until it is whole. */
function streamed(reply: FastifyReply, mediaType: string, body: Readable): FastifyReply {
  return reply
    .headers({ 'content-type': mediaType, 'cache-control': 'private, no-store', 'x-accel-buffering': 'no' })
    .send(body);
}

/** Before anything is run: a mutation whose answer nobody can read would have happened all the same. */
function refuseUnacceptable(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { format, stream, inOnePiece } = accepted(request.headers.accept);
  if (inOnePiece || format !== undefined || stream !== undefined) {
    done();
    return;
  }
  const offered = [JSON_TYPE, GRAPHQL_RESPONSE_TYPE].map((type) => type.split(';')[0]).join(' or ');
  refuse(request, reply, 406, `Accept ${offered}.`);
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, message: string) {
  return reply
    .code(status)
    .headers({
      'content-type': responseMediaType(request.headers.accept) ?? JSON_TYPE,
      'cache-control': 'no-store',
    })
    .send(JSON.stringify(httpErrorBody('BAD_REQUEST', message, request.id)));
}

function operationName(request: FastifyRequest): string {
  const name = parametersOf(request)?.operationName;
  return typeof name === 'string' ? name : '';
}

function parametersOf({ method, query, body }: FastifyRequest) {
  return (method === 'GET' ? query : body) as
    | { readonly operationName?: unknown; readonly variables?: unknown }
    | null
    | undefined;
}
