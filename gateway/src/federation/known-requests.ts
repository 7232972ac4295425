/**
 * The short way of a request whose document was read, checked and named before: nearly all of them. Apollo Server's own way
 * hashes the text, looks for the document, reads `Accept` again and passes some thirty promises that have nothing to
 * wait for. Here the same hooks are told the same things in the same order, and the operation is run.
 *
 * Whatever else a request may be goes Apollo Server's way, from the beginning; so does what ends in an error, from where it
 * ended: hooks that were told are not told again, nothing runs twice, and there is one place that words errors.
 */
import type {
  ApolloServer,
  GraphQLRequestContext,
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
  GraphQLResponse,
  HTTPGraphQLRequest,
  HTTPGraphQLResponse,
} from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql';
import type { KnownOperation } from '../executor/federation-executor.ts';
import type { OperationResult } from '../executor/prepared-operation.ts';
import {
  begun,
  type GatewayPlugin,
  type RequestListener,
  type SettledRequest,
  toldAll,
} from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { BoundedDocuments, MAX_DOCUMENT_CHARACTERS } from './bounded-documents.ts';

export interface AskedRequest {
  readonly method: string;
  /** As parsed from JSON; its `query` is the text, whatever stood for it. */
  readonly body: unknown;
  readonly contentType: string | undefined;
  /** Names in lower case. */
  header(name: string): string | undefined;
  /** The same, as Apollo Server reads requests. */
  whole(): HTTPGraphQLRequest;
}

export interface KnownRequestsOptions {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly plugins: readonly GatewayPlugin[];
  execute(operation: KnownOperation<GatewayContext>): Promise<OperationResult>;
}

/** What the hooks read of what Apollo Server would tell them. */
type Told = GraphQLRequestContextDidResolveOperation<GatewayContext> &
  GraphQLRequestContextWillSendResponse<GatewayContext>;

interface GraphqlParameters {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
  readonly extensions: Record<string, unknown> | undefined;
}

/** Longer texts would have to be compared with each time. */
const MAX_CHARACTERS = 16_384;
/** Of which no browser sends one across origins without asking first. */
const JSON_CONTENT = /^application\/json[\t ]*(?:;|$)/i;

export class KnownRequests {
  readonly #options: KnownRequestsOptions;
  #schema: GraphQLSchema | undefined;
  /** Over the schema in force, by their texts. */
  #documents = new BoundedDocuments(MAX_DOCUMENT_CHARACTERS);
  /** Of their texts. */
  readonly #hashes = new WeakMap<DocumentNode, string>();

  constructor(options: KnownRequestsOptions) {
    this.#options = options;
  }

  /** To be told of every schema that comes into force: what was valid over the last one need not be over this. */
  schemaChanged(schema: GraphQLSchema): void {
    this.#schema = schema;
    this.#documents = new BoundedDocuments(MAX_DOCUMENT_CHARACTERS);
  }

  /** Of a document that Apollo Server has found valid. */
  learn({ schema, source, document, queryHash }: Partial<GraphQLRequestContext<GatewayContext>>): void {
    if (schema !== this.#schema || source === undefined || document === undefined) return;
    if (queryHash === undefined || source.length > MAX_CHARACTERS) return;
    this.#documents.set(source, document);
    this.#hashes.set(document, queryHash);
  }

  /** @param makeContext rejects with a GraphQLError for whoever may not be answered. */
  async answer(
    asked: AskedRequest,
    makeContext: () => Promise<GatewayContext>,
  ): Promise<HTTPGraphQLResponse> {
    const parameters = this.#parametersOf(asked);
    const schema = this.#schema;
    const document = parameters && this.#documents.get(parameters.query);
    const queryHash = document && this.#hashes.get(document);
    const operation = document && getOperationAST(document, parameters?.operationName);
    if (!parameters || !schema || !queryHash || !operation || operation.operation === 'subscription') {
      return this.#apolloAnswer(asked, makeContext);
    }
    const context = await makeContext().catch((error: unknown) => ({ error }));
    if ('error' in context) return this.#apolloAnswer(asked, () => Promise.reject(context.error));
    const response: GraphQLResponse = {
      http: { status: undefined, headers: new HeaderMap() },
      body: { kind: 'single', singleResult: {} },
    };
    const told = {
      schema,
      // Hooks look headers up by their names and do nothing else with them.
      request: {
        ...parameters,
        http: { method: asked.method, headers: { get: asked.header }, search: '', body: asked.body },
      },
      response,
      contextValue: context,
      source: parameters.query,
      document,
      queryHash,
      operation,
      operationName: operation.name?.value ?? null,
    } as unknown as Told;
    const instead = (settled: Omit<SettledRequest, 'listeners'>): Promise<HTTPGraphQLResponse> =>
      this.#apolloAnswer(asked, async () => ({ ...context, settled: { listeners, ...settled } }));
    let listeners: readonly RequestListener[] = [];
    try {
      listeners = begun(this.#options.plugins, told);
    } catch (error) {
      return instead({ fault: error });
    }
    try {
      const resolved = toldAll(listeners, 'didResolveOperation', told);
      if (resolved !== undefined) await resolved;
    } catch (error) {
      return instead({ refusal: error });
    }
    const running = this.#options.execute({
      schema,
      document,
      operation,
      queryHash,
      variables: parameters.variables,
      headers: { get: asked.header },
      context,
    });
    const result = await running.catch((error: unknown) => ({ error }));
    if ('error' in result || result.errors !== undefined) return instead({ execute: () => running });
    (response as { body: unknown }).body = {
      kind: 'single',
      singleResult: { errors: undefined, ...result },
    };
    try {
      const sending = toldAll(listeners, 'willSendResponse', told);
      if (sending !== undefined) await sending;
    } catch (error) {
      return instead({ fault: error });
    }
    if (response.body.kind !== 'single') throw new TypeError('an answer in one piece has become another one');
    const { errors, data, extensions } = response.body.singleResult;
    return {
      ...response.http,
      body: { kind: 'complete', string: JSON.stringify({ errors, data, extensions }) },
    };
  }

  #apolloAnswer(asked: AskedRequest, context: () => Promise<GatewayContext>): Promise<HTTPGraphQLResponse> {
    return this.#options.apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: asked.whole(), context });
  }

  /** Undefined for whatever Apollo Server would refuse, or would read otherwise than a POST of JSON. */
  #parametersOf({ method, contentType, body }: AskedRequest): GraphqlParameters | undefined {
    if (method !== 'POST' || contentType === undefined || !JSON_CONTENT.test(contentType)) return undefined;
    if (!isRecord(body)) return undefined;
    const { query, operationName = undefined, variables = undefined, extensions = undefined } = body;
    if (typeof query !== 'string' || query === '') return undefined;
    if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
      return undefined;
    }
    if (variables !== undefined && variables !== null && !isRecord(variables)) return undefined;
    if (extensions !== undefined && extensions !== null) return undefined;
    return {
      query,
      operationName: operationName ?? undefined,
      variables: variables ?? undefined,
      extensions: undefined,
    };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
