/**
 * Runs operations against one subgraph's schema. Parsed and validated documents are kept in a bounded cache:
 * the gateway sends the same few planned operations again and again, and parsing costs more than looking up.
 * Those that keep coming back are compiled.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  parse,
  subscribe,
  validate,
} from 'graphql';
import { isMarqueeError } from '../errors.ts';
import { compiled, interpreted, type RunOperation } from './compiled-operation.ts';
import type { RequestContext, SubgraphExecutor, SubgraphRequest } from './index.ts';

const MAX_DOCUMENTS = 1_000;
/** Compiling costs as much as a few runs, so a document must have come back to be worth it. */
const COMPILED_AT_USE = 3;

interface KnownDocument {
  readonly document: DocumentNode;
  uses: number;
  run: RunOperation;
}

export interface SubgraphExecutorOptions<C> {
  readonly schema: GraphQLSchema;
  /** Builds the resolvers' context: loaders must be new per request. */
  createContext(request: RequestContext): C;
}

export function createSubgraphExecutor<C>(options: SubgraphExecutorOptions<C>): SubgraphExecutor {
  const { schema } = options;
  const documents = new Map<string, KnownDocument | readonly GraphQLError[]>();

  function documentFor(query: string): KnownDocument | readonly GraphQLError[] {
    const known = documents.get(query);
    if (known !== undefined) {
      // Re-inserting keeps the map in order of last use, so that the oldest falls out first.
      documents.delete(query);
      documents.set(query, known);
      return known;
    }
    const read = readDocument(schema, query);
    documents.set(query, read);
    if (documents.size > MAX_DOCUMENTS) documents.delete(documents.keys().next().value as string);
    return read;
  }

  const execute = async (request: SubgraphRequest): Promise<ExecutionResult> => {
    const known = documentFor(request.query);
    if (!('run' in known)) return { errors: known };
    if (++known.uses === COMPILED_AT_USE) known.run = compiled(schema, known.document) ?? known.run;
    const result = await known.run({
      contextValue: options.createContext(request.context),
      variableValues: request.variables,
      operationName: request.operationName,
    });
    return coded(result);
  };

  const subscribeTo: SubgraphExecutor['subscribe'] = async ({ query, context, ...request }) => {
    const known = documentFor(query);
    if (!('run' in known)) return { errors: known };
    const events = await subscribe({
      schema,
      document: known.document,
      contextValue: options.createContext(context),
      variableValues: request.variables,
      operationName: request.operationName,
    });
    if (!(Symbol.asyncIterator in events)) return coded(events);
    return {
      async next() {
        const event = await events.next();
        return event.done ? { done: true, value: undefined } : { done: false, value: coded(event.value) };
      },
      async return() {
        await events.return();
        return { done: true, value: undefined };
      },
    };
  };

  return schema.getSubscriptionType() === undefined || schema.getSubscriptionType() === null
    ? execute
    : Object.assign(execute, { subscribe: subscribeTo });
}

function coded(result: ExecutionResult): ExecutionResult {
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(withCode) };
}

function readDocument(schema: GraphQLSchema, query: string): KnownDocument | readonly GraphQLError[] {
  try {
    const document = parse(query, { noLocation: true });
    const errors = validate(schema, document);
    return errors.length > 0 ? errors : { document, uses: 0, run: interpreted(schema, document) };
  } catch (error) {
    return [error as GraphQLError];
  }
}

/** Our own errors keep their code and public words; all others are left for the gateway to mask. */
function withCode(error: GraphQLError): GraphQLError {
  const original = error.originalError;
  if (!isMarqueeError(original)) return error;
  return new GraphQLError(original.publicMessage, {
    nodes: error.nodes,
    path: error.path,
    originalError: original,
    extensions: {
      code: original.code,
      ...(original.field === undefined ? {} : { field: original.field }),
      retryable: original.definition.retryable,
    },
  });
}
