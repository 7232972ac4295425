import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

const TITLES = '{ titles(first: 1) { id name } }';
let gateway: Gateway;
beforeAll(async () => {
  gateway = gatewayOver(smallGraph());
  await gateway.start();
});
afterAll(() => gateway.stop());

const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url()}/graphql?${new URLSearchParams({ query })}`, {
    headers: { 'apollo-require-preflight': '1', ...headers },
  });

describe('a GET of what may be kept', () => {
  it('says for how long and for whom, and what else it depends on', async () => {
    const answer = await get(TITLES);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
    expect(answer.headers.get('vary')).toBe(
      'accept, authorization, x-profile-id, x-api-key, marquee-variant',
    );
    expect(answer.headers.get('etag')).toMatch(/^W\/"[\w-]{27}"$/);
    await answer.arrayBuffer();
  });

  it('is answered with 304 and nothing else to whoever has it', async () => {
    const first = await get(TITLES);
    const etag = first.headers.get('etag')!;
    const text = await first.text();
    const again = await get(TITLES, { 'if-none-match': `"other", ${etag}` });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect(again.headers.get('content-length')).toBeNull();
    expect(again.headers.get('etag')).toBe(etag);
    expect(again.headers.get('cache-control')).toBe('public, max-age=60');
    const changed = await get(TITLES, { 'if-none-match': '"other"' });
    expect([changed.status, await changed.text()]).toEqual([200, text]);
  });

  it('is for the viewer alone when there is one', async () => {
    const answer = await get(TITLES, { 'x-profile-id': 'p1' });
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    await answer.arrayBuffer();
  });
});

describe('nobody keeps', () => {
  it.each([
    ['what nobody says anything of', '{ title(id: "t1") { id } }'],
    ['what is partly so', '{ titles(first: 1) { id } me }'],
    ['what has errors', '{ titles(first: 1) { id } broken }'],
    ['what does not fit', '{ titles { nothing } }'],
  ])('%s', async (_what, query) => {
    const answer = await get(query);
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    expect(answer.headers.get('etag')).toBeNull();
    await answer.arrayBuffer();
  });

  it('what was asked for beside the answer, by a header that no cache knows of', async () => {
    for (const name of ['marquee-cost', 'marquee-query-plan']) {
      const answer = await get(TITLES, { [name]: 'yes' });
      expect(await answer.json()).toHaveProperty('extensions');
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    }
  });

  it('answers to POSTs', async () => {
    const answer = await fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
      body: JSON.stringify({ query: TITLES }),
    });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    await answer.arrayBuffer();
  });

  it('anything a page could ask for on behalf of its visitor', async () => {
    const answer = await fetch(`${gateway.url()}/graphql?${new URLSearchParams({ query: TITLES })}`);
    expect(answer.status).toBe(400);
    await answer.arrayBuffer();
  });
});
