/**
 * What happens to a GraphQL request before anything is spent on it: who sends it, whether that client may send more,
 * and which document it means. What came out is kept beside the request until it is answered.
 */
import type { HTTPGraphQLRequest } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { type ErrorCode, isMarqueeError, MarqueeError } from '@marquee/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpErrorBody } from '../errors/http-errors.ts';
import type { AskedRequest } from '../federation/known-requests.ts';
import type { Caller, Callers } from '../partners/callers.ts';
import type { PartnerLimits } from '../partners/partner-limits.ts';
import type { DocumentResolution, ResolvedDocument } from '../trusted-documents/document-resolution.ts';
import { lifecycleHeaders } from '../trusted-documents/lifecycle-headers.ts';
import { requestedDocument } from '../trusted-documents/requested-document.ts';
import { JSON_TYPE, responseMediaType } from './negotiation.ts';

export interface PassedRequest {
  readonly caller: Caller;
  readonly document: ResolvedDocument;
  /** Name of the contract variant that answers. Absent: the whole graph. */
  readonly contract: string | undefined;
}

export interface RequestGateOptions {
  readonly callers: Callers;
  readonly limits: PartnerLimits;
  readonly resolution: DocumentResolution;
}

/** Clients of automatic persisted queries read these as answers; so does everybody who expects JSON. */
const ANSWERED_AS_JSON: ReadonlySet<ErrorCode> = new Set([
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export class RequestGate {
  readonly #options: RequestGateOptions;
  readonly #passed = new WeakMap<FastifyRequest, PassedRequest>();

  constructor(options: RequestGateOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined when the request was answered here.
   * @throws MarqueeError for everybody who may not, or not now.
   */
  async pass(request: FastifyRequest, reply: FastifyReply): Promise<PassedRequest | undefined> {
    const { callers, limits, resolution } = this.#options;
    const caller = callers.callerOf(request.headers);
    const contract = contractOf(request, caller);
    if (caller.holder !== undefined) await limits.takeRequest(caller, reply);
    try {
      const asked = requestedDocument({
        method: request.method,
        query: request.query,
        body: request.body,
        pathId: (request.params as { documentId?: string }).documentId,
      });
      const document = await resolution.resolve(asked, caller);
      reply.headers(lifecycleHeaders(document.operation));
      const passed = { caller, document, contract };
      this.#passed.set(request, passed);
      return passed;
    } catch (error) {
      const json = responseMediaType(request.headers.accept) === JSON_TYPE;
      if (!isMarqueeError(error) || !ANSWERED_AS_JSON.has(error.code) || !json) throw error;
      await reply
        .code(200)
        .headers({ 'content-type': JSON_TYPE, 'cache-control': 'private, no-store' })
        .send(JSON.stringify(httpErrorBody(error.code, error.publicMessage, request.id)));
      return undefined;
    }
  }

  /** Who sends it, as of now. @throws MarqueeError API_KEY_INVALID where the key has ended since it got through. */
  callerNow(request: FastifyRequest): Caller {
    return this.#options.callers.callerOf(request.headers);
  }

  /** Undefined for a request that did not get through. */
  passed(request: FastifyRequest): PassedRequest | undefined {
    return this.#passed.get(request);
  }

  /**
   * What is asked, with the text in place of whatever stood for it.
   * @param accept in place of what the client sent. Undefined: what it sent.
   */
  asked(request: FastifyRequest, accept: string | undefined): AskedRequest {
    const { method, headers } = request;
    const text = this.passed(request)?.document.text;
    const given = accept === undefined ? headers : { ...headers, accept };
    const whole = (): HTTPGraphQLRequest => wholeRequest(request, given, text);
    const body = text === undefined || method === 'GET' ? request.body : bodyWith(request.body, text);
    return {
      method,
      body,
      contentType: headers['content-type'],
      header: (name) => headerValue(given[name]),
      whole,
    };
  }
}

/** As Apollo Server reads requests. */
function wholeRequest(
  { url, method, body }: FastifyRequest,
  given: FastifyRequest['headers'],
  text: string | undefined,
): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const name in given) {
    const value = headerValue(given[name]);
    if (value !== undefined) headers.set(name, value);
  }
  const at = url.indexOf('?');
  const search = at < 0 ? '' : url.slice(at);
  if (text === undefined) return { method, headers, search, body };
  return method === 'GET'
    ? { method, headers, search: searchWith(search, text), body }
    : { method, headers, search, body: bodyWith(body, text) };
}

/** Of a header; an empty one is none. */
function headerValue(value: string | string[] | undefined): string | undefined {
  if (!value) return undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

/** @throws MarqueeError FORBIDDEN for a partner that asks for another graph than its own. */
function contractOf(request: FastifyRequest, { holder }: Caller): string | undefined {
  const asked = (request.params as { contract?: string }).contract;
  if (holder === undefined) return asked;
  const { contract } = holder.partner;
  if (asked !== undefined && asked !== contract) {
    throw new MarqueeError('FORBIDDEN', 'This API key is for another variant of the graph.');
  }
  return contract;
}

/** Without `persistedQuery`, which has done its duty and which Apollo Server would refuse. */
function searchWith(search: string, text: string): string {
  const parameters = new URLSearchParams(search);
  const extensions = parameters.get('extensions');
  if (extensions?.includes('persistedQuery')) parameters.delete('extensions');
  else if (parameters.get('query') === text) return search;
  parameters.set('query', text);
  return `?${parameters}`;
}

function bodyWith(body: unknown, text: string): unknown {
  const given = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { extensions } = given;
  if (typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions) {
    const { persistedQuery: _, ...others } = extensions;
    return { ...given, query: text, extensions: others };
  }
  return given.query === text ? body : { ...given, query: text };
}
