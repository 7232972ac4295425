/**
 * `Cache-Control` and `Vary` on answers to GETs. Only whole answers without errors may be kept; what was made for a
 * viewer may be kept by that viewer alone, whatever the schema says: the catalogue itself knows a viewer's limits. What
 * subgraphs say in headers of their answers may be stricter than the schema.
 */
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { VARIANT_HEADER } from '../federation/variants/variant-access.ts';
import { PROFILE_HEADER } from '../identity/identity.ts';
import { API_KEY_HEADER } from '../partners/callers.ts';
import type { GatewayPlugin } from '../plugins/in-one.plugin.ts';
import { type CacheHint, readCacheHints } from './cache-hints.ts';
import { type CachePolicy, cachePolicyOf } from './cache-policy.ts';

/** Everything of a request, besides its address, that an answer depends on. */
const VARY = ['accept', 'authorization', PROFILE_HEADER, API_KEY_HEADER, VARIANT_HEADER];
/** What a subgraph that sees one of them knows of a client is nobody else's. */
const CREDENTIALS = ['authorization', 'cookie'];

/** @param propagated names in lower case: headers of clients that subgraphs see. */
export function cacheHeadersPlugin(propagated: readonly string[] = []): GatewayPlugin {
  const vary = [...new Set([...VARY, ...propagated])].join(', ');
  const credentials = CREDENTIALS.filter((name) => propagated.includes(name));
  const hintsOf = new WeakMap<GraphQLSchema, ReadonlyMap<string, CacheHint>>();
  const policies = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, CachePolicy>>();

  return {
    schemaAhead({ apiSchema, supergraphSdl }) {
      if (hintsOf.has(apiSchema)) return;
      hintsOf.set(apiSchema, readCacheHints(supergraphSdl));
      policies.set(apiSchema, new WeakMap());
    },
    requestDidStart: () => ({
      willSendResponse: ({ request, response, contextValue, schema, document, operation }) => {
        const { body, http } = response;
        if (request.http?.method !== 'GET' || document === undefined || !operation) return;
        if (body.kind !== 'single') return;
        const { data, errors, extensions } = body.singleResult;
        // Extensions are what this request alone has asked for, or what it was denied.
        if (errors !== undefined || extensions !== undefined || !data) return;
        const known = policies.get(schema);
        const hints = hintsOf.get(schema);
        if (known === undefined || hints === undefined) return;
        const hinted = known.get(operation) ?? cachePolicyOf({ schema, hints }, document, operation);
        known.set(operation, hinted);
        const policy = contextValue.answerAge?.restrict(hinted) ?? hinted;
        if (policy.maxAgeSeconds === 0) return;
        const { headers } = request.http;
        const forSomebody =
          contextValue.request.viewer !== undefined ||
          credentials.some((name) => headers.get(name) !== undefined);
        const forAll = policy.scope === 'PUBLIC' && !forSomebody;
        // What a viewer's own actions change, nobody can take back from a browser: it has to ask whether it still holds.
        const isKept = policy.scope === 'PUBLIC' ? `max-age=${policy.maxAgeSeconds}` : 'no-cache';
        http.headers.set('cache-control', `${forAll ? 'public' : 'private'}, ${isKept}`);
        http.headers.set('vary', vary);
      },
    }),
  };
}
