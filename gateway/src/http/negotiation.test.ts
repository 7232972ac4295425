import { describe, expect, it } from 'vitest';
import { errorMediaType, GRAPHQL_RESPONSE_TYPE, JSON_TYPE, responseMediaType } from './negotiation.ts';

describe('the media type of an answer', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/graphql-response+json', GRAPHQL_RESPONSE_TYPE],
    ['APPLICATION/GraphQL-Response+JSON; charset=utf-8', GRAPHQL_RESPONSE_TYPE],
    ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_RESPONSE_TYPE],
    ['application/json, application/graphql-response+json', JSON_TYPE],
    ['application/json;q=0.1, */*', GRAPHQL_RESPONSE_TYPE],
    ['application/json;q=0, */*;q=0.5', GRAPHQL_RESPONSE_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
    ['application/json;q=high', undefined],
  ])('%s: %s', (accept, expected) => {
    expect(responseMediaType(accept)).toBe(expected);
    expect(errorMediaType(accept)).toBe(expected ?? JSON_TYPE);
  });

  it('reads a bounded part of a header without end', () => {
    expect(responseMediaType(`${'text/html,'.repeat(10_000)}application/json`)).toBeUndefined();
  });
});
