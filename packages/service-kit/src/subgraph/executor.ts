/**
 * Runs operations against one subgraph's schema. Parsed and validated documents are kept in a bounded cache:
 * the gateway sends the same few planned operations again and again, and parsing costs more than looking up.
 * Those that keep coming back are compiled.
 */
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { deadlineAfter } from '../deadline.ts';
import { isMarqueeError } from '../errors.ts';
import { compiled, interpreted, type RunOperation } from './compiled-operation.ts';
import type { RequestContext, SubgraphExecutor, SubgraphRequest } from './index.ts';
import { answersToEvents } from './source-events.ts';

const MAX_DOCUMENTS = 1_000;
/** Compiling costs as much as a few runs, so a document must have come back to be worth it. */
const COMPILED_AT_USE = 3;
/** For the fields of one event. */
const EVENT_DEADLINE_MS = 5_000;

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

  const executeOne = async (request: SubgraphRequest): Promise<ExecutionResult> => {
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
    const operation = {
      schema,
      document: known.document,
      variableValues: request.variables,
      operationName: request.operationName,
    };
    const source = await createSourceEventStream({
      ...operation,
      contextValue: options.createContext(context),
    });
    if (!(Symbol.asyncIterator in source)) return coded(source);
    return answersToEvents(source as AsyncIterable<unknown>, async (payload) => {
      // As if each event were a request of its own: with a deadline and loaders of its own.
      const contextValue = options.createContext({ ...context, deadline: deadlineAfter(EVENT_DEADLINE_MS) });
      return coded(await execute({ ...operation, contextValue, rootValue: payload }));
    });
  };

  return schema.getSubscriptionType() === undefined || schema.getSubscriptionType() === null
    ? executeOne
    : Object.assign(executeOne, { subscribe: subscribeTo });
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
