/** Failures outside GraphQL execution, in the same shape as GraphQL errors: a client needs one way to read them. */
import { ERROR_CATALOGUE, type ErrorCode, isMarqueeError, type MarqueeError } from '@marquee/service-kit';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  OPERATION_TOO_LARGE: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  COST_ESTIMATED_TOO_EXPENSIVE: 400,
  PERSISTED_QUERY_NOT_FOUND: 404,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
  PERSISTED_QUERY_HASH_MISMATCH: 400,
  PERSISTED_QUERY_ID_REQUIRED: 400,
  PERSISTED_QUERY_RETIRED: 410,
  DOCUMENT_NOT_TRUSTED: 403,
  API_KEY_INVALID: 401,
  API_KEY_WRONG_ENVIRONMENT: 401,
  RATE_LIMITED: 429,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  VARIANT_NOT_FOUND: 404,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  DEPENDENCY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

export interface HttpErrorBody {
  readonly errors: readonly [
    { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> },
  ];
}

/** @param requestId finds it in the log. @param field what the error is about, e.g. a header. */
export function httpErrorBody(
  code: ErrorCode,
  message: string,
  requestId?: string,
  field?: string,
): HttpErrorBody {
  const { retryable } = ERROR_CATALOGUE[code];
  const extensions = {
    code,
    ...(field === undefined ? {} : { field }),
    retryable,
    ...(requestId === undefined ? {} : { requestId }),
  };
  return { errors: [{ message, extensions }] };
}

/**
 * Status and body for anything a handler or the HTTP framework throws. A status below 500 on the error is the
 * framework's verdict on the request (413, 415, malformed JSON) and is kept; its message is about the request.
 */
export function httpError(
  error: unknown,
  requestId: string,
): { readonly status: number; readonly body: HttpErrorBody; readonly masked: boolean } {
  if (isMarqueeError(error)) {
    const body = httpErrorBody(error.code, error.publicMessage, requestId, error.field);
    return { status: STATUS[error.code] ?? 500, body, masked: error.definition.party !== 'client' };
  }
  const { statusCode, message, code } = (error ?? {}) as {
    statusCode?: number;
    message?: string;
    code?: string;
  };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      body: httpErrorBody(
        statusCode === 404 ? 'NOT_FOUND' : 'BAD_REQUEST',
        message ?? 'Bad request',
        requestId,
      ),
      masked: false,
    };
  }
  if (code === 'ERR_INVALID_URL') {
    const body = httpErrorBody('BAD_REQUEST', 'The Host header or the path is not valid.', requestId);
    return { status: 400, body, masked: false };
  }
  const { publicMessage } = ERROR_CATALOGUE.INTERNAL_SERVER_ERROR;
  return {
    status: 500,
    body: httpErrorBody('INTERNAL_SERVER_ERROR', publicMessage, requestId),
    masked: true,
  };
}

/** Apollo Server refuses some requests before it knows which they are. @param text of an answer with errors, as JSON. */
export function identified(text: string, requestId: string): string {
  const { errors, ...others } = JSON.parse(text) as { readonly errors?: readonly GraphQLFormattedError[] };
  const told = errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: told, ...others });
}

/** For Apollo Server's context function, which reads code and status from a GraphQLError. */
export function asGraphQLError(error: MarqueeError): GraphQLError {
  return new GraphQLError(error.publicMessage, {
    originalError: error,
    extensions: { code: error.code, http: { status: STATUS[error.code] ?? 500 } },
  });
}
