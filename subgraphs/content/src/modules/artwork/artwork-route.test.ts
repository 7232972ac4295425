import type { HttpRequest } from '@marquee/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentFixture, contentFixture, GENRES, title } from '../../test/content-fixture.ts';

describe('artwork over HTTP', () => {
  let content: ContentFixture;
  beforeAll(async () => {
    content = await contentFixture({
      genres: GENRES,
      titles: [
        title('t_1', { name: 'Tom & Jerry <3' }),
        title('t_2', { name: 'Other' }),
        title('odd/id?.svg'),
        title('odd/id?'),
        title('t_3', { artworkVariants: 3 }),
      ],
    });
  });
  afterAll(() => content.stop());

  function get(titleId: string, request: Partial<HttpRequest> = {}) {
    const route = content.subgraph.routes.find(({ path }) => path === '/artwork/:titleId');
    return route!.handle({ query: {}, headers: {}, ...request, parameters: { titleId } });
  }
  async function artwork(id: string, width?: number) {
    const { data, errors } = await content.run(
      'query ($id: ID!, $width: Int) { title(id: $id) { artwork(width: $width) { url width height dominantColor alt } } }',
      { id, width },
    );
    expect(errors).toBeUndefined();
    return data.title.artwork;
  }
  /** As a browser would: from an address of the graph to a request of the route. */
  function follow(url: string, headers: HttpRequest['headers'] = {}) {
    const { pathname, searchParams } = new URL(url, 'http://gateway');
    expect(pathname.startsWith('/artwork/')).toBe(true);
    return get(decodeURIComponent(pathname.slice('/artwork/'.length)), {
      query: Object.fromEntries(searchParams),
      headers,
    });
  }

  it('serves what the graph points to, to be kept for ever', async () => {
    const described = await artwork('t_1', 300);
    expect(described).toMatchObject({ width: 300, height: 450, alt: 'Poster of Tom & Jerry <3 (1999)' });
    expect(described.dominantColor).toMatch(/^#[0-9a-f]{6}$/);
    const reply = await follow(described.url);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    expect(reply.body).toMatch(/^<svg [^>]*width="300" height="450"/);
    expect(reply.body).toContain('<title>Tom &amp; Jerry &lt;3</title>');
  });

  it('serves each of several pictures of a title at an address of its own, and the first in place of one that is gone', async () => {
    const of = async (id: string) => {
      const { data, errors } = await content.run(
        'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Artwork { id url width } } }',
        { of: [{ __typename: 'Artwork', id }] },
      );
      expect(errors).toBeUndefined();
      return data._entities[0];
    };
    const own = await artwork('t_3', 200);
    const variants = [];
    for (const variant of [0, 1, 2]) variants.push(await of(`${variant}.200.t_3`));
    expect(variants[0]!.url).toBe(own.url);
    const drawn = [];
    for (const { url } of variants) {
      const reply = await follow(url);
      expect(reply).toMatchObject({ status: 200 });
      expect(reply.headers['cache-control']).toContain('immutable');
      drawn.push(reply.body);
    }
    expect(new Set(drawn).size).toBe(3);
    expect((await of('3.200.t_3')).url).toBe(own.url);
    expect((await of('1.200.t_1')).url).toContain('/t_1.svg?width=200&v=');
    for (const nothing of ['1.200.t_none', 'nonsense', '1.200']) expect(await of(nothing)).toBeNull();
    expect(await get('t_3.svg', { query: { variant: '3' } })).toMatchObject({ status: 404 });
  });

  it('gives another address to a changed picture, and the old address is not kept for ever any more', async () => {
    const before = await artwork('t_2');
    await content.catalogue.put({ titles: [title('t_2', { name: 'Changed' })] });
    const after = await artwork('t_2');
    expect(after.url).not.toBe(before.url);
    const reply = await follow(before.url);
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('public, max-age=300');
  });

  it('answers 304 while the picture is the one the client has', async () => {
    const { url } = await artwork('t_1');
    const { headers } = await follow(url);
    const tag = headers.etag as string;
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const reply = await follow(url, { 'if-none-match': known });
      expect(reply).toMatchObject({ status: 304, body: '', headers: { etag: tag } });
    }
    expect((await follow(url, { 'if-none-match': '"other"' })).status).toBe(200);
    const wider = await get('t_1', { query: { width: '500' } });
    expect(wider.headers.etag).not.toBe(tag);
  });

  it('takes ids with and without the suffix, and ids that need escaping', async () => {
    const [bare, suffixed] = [await get('t_1'), await get('t_1.svg')];
    expect(bare.status).toBe(200);
    expect(suffixed.body).toBe(bare.body);
    for (const id of ['odd/id?', 'odd/id?.svg']) {
      const reply = await follow((await artwork(id)).url);
      expect(reply.body).toContain(`<title>Title ${id}</title>`);
    }
  });

  it('answers 404 for titles that do not exist and 400 for sizes it does not make', async () => {
    for (const id of ['nope', '', '.svg', 'x'.repeat(5_000)]) expect((await get(id)).status).toBe(404);
    for (const width of ['39', '1201', '-1', '1.5', 'abc', '1e9']) {
      const reply = await get('t_1', { query: { width } });
      expect(reply.status).toBe(400);
      expect(reply.body).toContain('width');
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await get('t_1', { query: { width: '40' } })).status).toBe(200);
    expect((await get('t_1', { query: { width: '1200' } })).body).toContain('height="1800"');
  });
});
