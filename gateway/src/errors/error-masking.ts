/**
 * What a client may read of an error. Codes of the catalogue pass with their public words; what GraphQL itself
 * says about a document passes, because it is about the client's own text; everything else becomes
 * INTERNAL_SERVER_ERROR with the request id that finds the original in the log. Pure.
 */
import { ERROR_CATALOGUE, type ErrorCode, isMarqueeError } from '@marquee/service-kit';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** Codes Apollo Server gives to documents and requests it refuses. Their messages speak of those alone. */
const PROTOCOL_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export interface MaskedError {
  readonly formatted: GraphQLFormattedError;
  /** True when the client does not see what happened, so that somebody has to be able to look it up. */
  readonly masked: boolean;
}

export interface MaskingOptions {
  /** Production: messages must not help to guess the schema. */
  readonly hideSchemaDetails: boolean;
  /** Errors of subgraphs whose codes are not ours are for clients to read. Default: they are masked. */
  readonly passSubgraphErrors?: boolean;
}

/** @param formatted as Apollo Server would send it. @param original what was thrown. */
export function maskError(
  formatted: GraphQLFormattedError,
  original: unknown,
  options: MaskingOptions,
): MaskedError {
  const ours = ourError(original);
  if (ours !== undefined) {
    return publicError(formatted, ours.code, ours.publicMessage, ours.field);
  }
  const code = String(formatted.extensions?.code);
  const fromSubgraph = formatted.extensions?.serviceName !== undefined;
  if (!fromSubgraph && PROTOCOL_CODES.has(code)) {
    return { formatted: visible(formatted, code as ErrorCode, formatted.message, options), masked: false };
  }
  if (fromSubgraph && options.passSubgraphErrors)
    return { formatted: withoutStack(formatted), masked: false };
  if (isCatalogued(code)) {
    const definition = ERROR_CATALOGUE[code];
    if (definition.party !== 'client') return publicError(formatted, code, definition.publicMessage);
    const field = formatted.extensions?.field;
    const message = options.hideSchemaDetails ? withoutSuggestions(formatted.message) : formatted.message;
    return publicError(formatted, code, message, typeof field === 'string' ? field : undefined);
  }
  return publicError(formatted, 'INTERNAL_SERVER_ERROR', ERROR_CATALOGUE.INTERNAL_SERVER_ERROR.publicMessage);
}

function publicError(
  formatted: GraphQLFormattedError,
  code: ErrorCode,
  message: string,
  field?: string,
): MaskedError {
  const { party, retryable } = ERROR_CATALOGUE[code];
  return {
    formatted: {
      message,
      ...(formatted.path === undefined ? {} : { path: formatted.path }),
      extensions: { code, ...(field === undefined ? {} : { field }), retryable },
    },
    masked: party !== 'client',
  };
}

function visible(
  formatted: GraphQLFormattedError,
  code: ErrorCode,
  message: string,
  options: MaskingOptions,
): GraphQLFormattedError {
  return {
    message: options.hideSchemaDetails ? withoutSuggestions(message) : message,
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
    extensions: { code, retryable: ERROR_CATALOGUE[code].retryable },
  };
}

/** Subgraphs in development send where in their code something went wrong. */
function withoutStack(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _, serviceName: __, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}

/** graphql-js ends some messages with ` Did you mean "x"?`, which gives the schema away word by word. */
function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean [\s\S]*\?$/, '');
}

/** The MarqueeError at the bottom of what was thrown, through the layers that wrap it. */
function ourError(error: unknown) {
  let current: unknown = error;
  for (let depth = 0; depth < 5; depth++) {
    if (isMarqueeError(current)) return current;
    if (!(current instanceof GraphQLError)) return undefined;
    current = current.originalError;
  }
  return undefined;
}

function isCatalogued(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}
