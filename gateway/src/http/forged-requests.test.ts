import { beforeAll, describe, expect, it } from 'vitest';
import { answerOf, type SmallGraph, smallGraph } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';
import type { Gateway } from '../index.ts';

const started = startedGateways();

describe('requests that browsers can be tricked into', () => {
  let graph: SmallGraph;
  let gateway: Gateway;
  beforeAll(async () => {
    graph = smallGraph();
    gateway = await started(graph);
  });
  const mutation = 'mutation { hide(titleId: "t0") }';

  it('refuses mutations over GET', async () => {
    const response = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
    expect(graph.hidden).toEqual([]);
  });

  it('refuses simple GETs and simple posts, which need no preflight', async () => {
    const simple = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent('{ me }')}`);
    expect(simple.status).toBe(400);
    expect((await answerOf(simple)).body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      const response = await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify({ query: mutation }),
      });
      expect([400, 415]).toContain(response.status);
      expect((await answerOf(response)).body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    }
    expect(graph.hidden).toEqual([]);
  });

  it('answers GET queries that carry a header no form can send', async () => {
    const response = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent('{ me }')}`, {
      headers: { 'apollo-require-preflight': '1', 'x-profile-id': 'p1' },
    });
    expect((await answerOf(response)).body).toEqual({ data: { me: 'p1' } });
  });

  it('refuses batches, other methods and malformed bodies', async () => {
    const post = (body: string) =>
      fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    const batch = await post(JSON.stringify([{ query: '{ me }' }, { query: mutation }]));
    expect(batch.status).toBe(400);
    // Also of what is refused before it is an operation.
    const { errors } = (await batch.json()) as { errors: { extensions: Record<string, unknown> }[] };
    expect(errors[0]?.extensions.requestId).toBe(batch.headers.get('x-request-id'));
    expect((await post('{"query":')).status).toBe(400);
    expect((await post('{"query":"{ me }","__proto__":{"a":1}}')).status).toBe(400);
    expect((await post('')).status).toBe(400);
    const other = await fetch(`${gateway.url()}/graphql`, { method: 'DELETE' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(graph.hidden).toEqual([]);
  });
});
