/**
 * The headers of every request to one subgraph: what it may see of the client's, what the gateway says to it always, and
 * above both the gateway's own words, which nobody can put others in place of.
 */
import { GATEWAY_HEADER, type RequestContext, signGatewayRequest } from '@marquee/service-kit/subgraph';
import type { ClientHeaders } from './data-source.ts';
import {
  type HeaderRule,
  ownHeaders,
  type PropagatedHeader,
  propagatedHeaders,
} from './propagated-headers.ts';

export interface RequestHeadersOptions {
  /** As in the supergraph. */
  readonly subgraph: string;
  /** Client headers that the subgraph may see, in any case. Default: none. */
  readonly propagateHeaders?: readonly HeaderRule[];
  /** Sent with every request, whatever clients send under the same names. */
  readonly setHeaders?: Readonly<Record<string, string>>;
  /** For subgraphs that answer to gateways only. */
  readonly signature?: {
    /** At least 32 bytes. */
    readonly secret: string;
    /** Epoch milliseconds. */
    now(): number;
  };
}

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
/** Milliseconds that are left to answer in. */
const DEADLINE_HEADER = 'x-deadline-ms';

export class RequestHeaders {
  /** Of the client's, those that the subgraph sees: in lower case, as clients send them. */
  readonly propagated: readonly string[];
  readonly #rules: readonly PropagatedHeader[];
  readonly #own: Readonly<Record<string, string>>;
  readonly #options: RequestHeadersOptions;

  /** @throws MarqueeError CONFIG_INVALID for a header that cannot be used. */
  constructor(options: RequestHeadersOptions) {
    this.#options = options;
    this.#rules = propagatedHeaders(options.propagateHeaders ?? []);
    this.propagated = [...new Set(this.#rules.map(({ name }) => name))];
    this.#own = ownHeaders(options.setHeaders ?? {});
  }

  /** A signature names the viewer and the request: no two requests are alike to the subgraph. */
  get areUnique(): boolean {
    return this.#options.signature !== undefined;
  }

  /** @param body what is signed. */
  of(
    request: RequestContext,
    client: ClientHeaders | undefined,
    body: string,
    remainingMs: number,
  ): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { name, as } of this.#rules) {
      const value = client?.get(name);
      if (value !== null && value !== undefined) headers[as] = value;
    }
    for (const name in this.#own) headers[name] = this.#own[name] as string;
    // After the client's: these are the gateway's to say.
    headers.accept = ACCEPT;
    headers['content-type'] = 'application/json';
    headers['x-request-id'] = request.requestId;
    headers[DEADLINE_HEADER] = String(remainingMs);
    if (request.traceparent !== undefined) headers.traceparent = request.traceparent;
    const { signature, subgraph } = this.#options;
    if (signature !== undefined) {
      headers[GATEWAY_HEADER] = signGatewayRequest(request, body, {
        subgraph,
        secret: signature.secret,
        now: signature.now(),
      });
    }
    return headers;
  }
}
