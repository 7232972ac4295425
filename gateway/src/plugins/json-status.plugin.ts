/**
 * The media type of answers, which Apollo Server would negotiate anew for each of them, and the status of refused documents for clients that read `application/json`: GraphQL over HTTP wants 200 there,
 * because such a client cannot tell our answer from one of something in between by its media type, and takes the
 * body of a failed answer for somebody else's. With `application/graphql-response+json` they keep their 400.
 */
import { isVariableError } from '../errors/variable-fields.ts';
import { JSON_TYPE, responseMediaType } from '../http/negotiation.ts';
import type { GatewayPlugin } from './in-one.plugin.ts';

/** What the specification calls a well-formed request: the server understood it and says what is wrong in it. */
const WELL_FORMED: ReadonlySet<unknown> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

export function jsonStatusPlugin(): GatewayPlugin {
  return {
    requestDidStart: () => ({
      willSendResponse: ({ request, response, errors }) => {
        if (request.http === undefined) return;
        const mediaType = responseMediaType(request.http.headers.get('accept'));
        if (mediaType !== undefined) response.http.headers.set('content-type', mediaType);
        if (errors === undefined || response.http.status !== 400 || mediaType !== JSON_TYPE) return;
        const wellFormed = errors.every(
          (error) => WELL_FORMED.has(error.extensions.code) || isVariableError(error),
        );
        if (wellFormed) response.http.status = 200;
      },
    }),
  };
}
