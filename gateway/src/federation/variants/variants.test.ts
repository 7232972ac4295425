import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { manualClock } from '@marquee/domain';
import { createLogger, silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { broadcastVariantPublications } from '../../../../schema/publications/broadcast-variants.ts';
import { folderVariantPublications } from '../../../../schema/publications/folder-variants.ts';
import type { NewVariant, Variants } from '../../../../schema/publications/variants.ts';
import {
  GRAPH,
  WITH_STRANGER,
  WITHOUT_BROKEN,
  WITHOUT_REFUSED,
} from '../../../test/small-graph/changing-graph.ts';
import {
  ask,
  DEVELOPMENT,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
} from '../../../test/small-graph/small-graph.ts';
import { parseGatewayConfig } from '../../config.ts';
import { HttpDataSource } from '../../data-source/http-data-source.ts';
import { type Planner, plannerInThisThread } from '../../executor/planner/planner.ts';
import type { GatewayOptions } from '../../index.ts';
import { variantFolder } from './published-variant.ts';
import { assertAllowed, withAddresses } from './subgraph-addresses.ts';
import { type VariantOptions, variantSchema } from './variant-options.ts';
import { broadcastVariants, folderVariants, type VariantSource } from './variant-source.ts';

const FIELDS = '{ __type(name: "Query") { fields { name } } }';
const OPEN = variantSchema.parse({ access: 'open', hosts: ['127.0.0.1'] });

interface Installation {
  readonly publications: Variants;
  readonly source: VariantSource;
}

function inFolder(now = () => new Date(NOW)): Installation {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  const file = made.file('supergraph.graphql');
  return {
    publications: folderVariantPublications(file, now),
    source: folderVariants({ folder: variantFolder(file), intervalMs: 10 }),
  };
}

function inBroadcast(now = () => new Date(NOW)): Installation {
  const broadcast = createMemoryBroadcast();
  return {
    publications: broadcastVariantPublications({ broadcast, now }),
    source: broadcastVariants({ broadcast, logger: silentLogger }),
  };
}

async function serve(
  { source }: Installation,
  variants: VariantOptions = OPEN,
  options: Partial<GatewayOptions> = {},
) {
  const metrics = createMetrics('test');
  const gateway = gatewayOver(GRAPH, {
    config: { ...DEVELOPMENT, variants },
    metrics,
    variants: {
      source,
      connect: (subgraph, url) => new HttpDataSource({ subgraph, url, logger: silentLogger }),
    },
    ...options,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  const fields = async (variant?: string, headers: Record<string, string> = {}) => {
    const { body, ...answer } = await ask(gateway, FIELDS, {
      ...(variant === undefined ? {} : { 'marquee-variant': variant }),
      ...headers,
    });
    const type = body.data?.__type as { fields: { name: string }[] } | undefined;
    return { ...answer, names: type?.fields.map(({ name }) => name), error: body.errors?.[0] };
  };
  const detail = async () => {
    const ready = (await (await fetch(`${gateway.url()}/ready`)).json()) as {
      components: Record<string, { ready: boolean; detail: string }>;
    };
    return ready.components['preview variants'];
  };
  return { gateway, fields, detail, metrics };
}

const variant = (name: string, sdl: string, more: Partial<NewVariant> = {}): NewVariant => ({
  ...{ name, sdl, publishedBy: 'ada', note: 'a try', days: 14, urls: {} },
  ...more,
});

describe.each([
  ['a folder', inFolder],
  ['the configuration broadcast', inBroadcast],
])('preview variants in %s', (_, open) => {
  it('answer requests that name them, and nobody else; they are replaced and taken away while they serve', async () => {
    const installation = open();
    const { publications } = installation;
    await publications.publish(variant('no-broken', WITHOUT_BROKEN));
    const { fields, gateway, metrics } = await serve(installation);
    await waitUntil(async () => (await fields('no-broken')).status === 200);

    const preview = await fields('no-broken');
    expect(preview.names).not.toContain('broken');
    expect(preview.names).toContain('refused');
    expect(preview.headers.get('marquee-variant')).toMatch(/^no-broken@[0-9a-f]{12}$/);
    expect(preview.headers.get('cache-control')).toBe('private, no-store');
    const usual = await fields();
    expect(usual.names).toContain('broken');
    expect(usual.headers.get('marquee-variant')).toBeNull();

    const asked = await ask(gateway, '{ titles(first: 2) { name inMyList } }', {
      'marquee-variant': 'no-broken',
    });
    expect(asked.body).toEqual({
      data: {
        titles: [
          { name: 'Title 0', inMyList: false },
          { name: 'Title 1', inMyList: true },
        ],
      },
    });
    // Its own documents: what is valid in one graph is looked at again in the other.
    expect((await ask(gateway, '{ broken }')).body.data).toEqual({ broken: null });
    const invalid = await ask(gateway, '{ broken }', { 'marquee-variant': 'no-broken' });
    expect(invalid.body.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');

    await publications.publish(variant('no-broken', WITHOUT_REFUSED));
    await waitUntil(async () => (await fields('no-broken')).names?.includes('broken') === true);
    expect((await fields('no-broken')).names).not.toContain('refused');
    expect((await fields()).names).toContain('refused');
    expect((await metrics.exposition()).body).toMatch(/marquee_supergraph_variants\{service="test"\} 1/);

    await publications.retire('no-broken');
    await waitUntil(async () => (await fields('no-broken')).status === 404);
    expect((await fields('no-broken')).error?.extensions.code).toBe('VARIANT_NOT_FOUND');
    await expect(publications.retire('no-broken')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(publications.retire('../no-broken')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that cannot be served are refused and named, and a former version goes on', async () => {
    const installation = open();
    const { publications } = installation;
    await publications.publish(variant('stranger', WITH_STRANGER));
    await publications.publish(variant('good', WITHOUT_BROKEN));
    const { fields, detail } = await serve(installation);
    await waitUntil(async () => /stranger is refused/.test((await detail())?.detail ?? ''));
    expect((await fields('stranger')).error).toMatchObject({
      message: expect.stringMatching(/cannot be served/),
      extensions: { code: 'VARIANT_NOT_FOUND' },
    });
    await publications.publish(variant('good', 'type Query {'));
    await waitUntil(async () => /good is refused: .*Syntax/.test((await detail())?.detail ?? ''));
    expect((await detail())?.ready).toBe(true);
    expect((await fields('good')).names).not.toContain('broken');
  });

  it('go on their day, and no more of them are served than configured: the newest', async () => {
    const clock = manualClock(NOW);
    const installation = open(() => new Date(clock.now()));
    const { publications } = installation;
    for (const name of ['first', 'second', 'third']) {
      await publications.publish(variant(name, WITHOUT_BROKEN, { days: name === 'third' ? 1 : 30 }));
      clock.advance(1_000);
    }
    const { fields } = await serve(installation, { ...OPEN, max: 2 }, { clock });
    await waitUntil(
      async () => (await fields('third')).status === 200 && (await fields('second')).status === 200,
    );
    expect((await fields('first')).error?.message).toMatch(/too many newer ones/);
    clock.advance(86_400_000);
    expect((await fields('third')).error?.message).toMatch(/is over since 2026-03-02/);
    await publications.publish(variant('fourth', WITHOUT_BROKEN));
    await waitUntil(async () => (await fields('fourth')).status === 200);
    expect((await publications.list()).map(({ name }) => name)).toEqual(['fourth', 'second', 'first']);
  });

  it('have one text of several that are published at once under one name', async () => {
    const installation = open();
    const { publications } = installation;
    const race = await Promise.allSettled(
      [WITHOUT_BROKEN, WITHOUT_REFUSED].map((sdl) => publications.publish(variant('next', sdl))),
    );
    for (const each of race) if (each.status === 'rejected') expect(each.reason.code).toBe('CONFLICT');
    const { fields } = await serve(installation);
    await waitUntil(async () => (await fields('next')).status === 200);
    const [listed] = await publications.list();
    expect((await fields('next')).headers.get('marquee-variant')).toBe(`next@${listed?.hash.slice(0, 12)}`);
  });

  it('are no more than there may be', async () => {
    const { publications } = open();
    for (let i = 0; i < 20; i++) await publications.publish(variant(`v${i}`, WITHOUT_BROKEN));
    await expect(publications.publish(variant('one-more', WITHOUT_BROKEN))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await publications.publish(variant('v3', WITHOUT_REFUSED));
    expect(await publications.list()).toHaveLength(20);
  });
});

describe('a variant with a subgraph elsewhere', () => {
  async function elsewhere() {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { titles: [{ name: 'From the branch' }] } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  }

  it('is asked there, and back here once the address is taken away', async () => {
    const installation = inFolder();
    const url = await elsewhere();
    await installation.publications.publish(
      variant('moved', GRAPH.supergraphSdl, { urls: { content: url } }),
    );
    const { gateway } = await serve(installation);
    const names = async (headers: Record<string, string>) =>
      (await ask(gateway, '{ titles(first: 1) { name } }', headers)).body.data?.titles;
    const moved = { 'marquee-variant': 'moved' };
    await waitUntil(async () => JSON.stringify(await names(moved)) === '[{"name":"From the branch"}]');
    expect(await names({})).toEqual([{ name: 'Title 0' }]);
    await installation.publications.publish(variant('moved', GRAPH.supergraphSdl));
    await waitUntil(async () => JSON.stringify(await names(moved)) === '[{"name":"Title 0"}]');
  });

  it('is refused where its host is not one that may hear who asks', async () => {
    const installation = inFolder();
    await installation.publications.publish(
      variant('moved', GRAPH.supergraphSdl, { urls: { content: await elsewhere() } }),
    );
    const { detail, fields } = await serve(installation, { ...OPEN, hosts: ['*.preview.example.com'] });
    await waitUntil(async () =>
      /moved is refused: subgraph content may not be at/.test((await detail())?.detail ?? ''),
    );
    expect((await fields('moved')).status).toBe(404);
  });

  it.each([
    ['http://localhost:4101', ['localhost'], true],
    ['http://localhost:4101', ['localhost:4101'], true],
    ['http://localhost:4102', ['localhost:4101'], false],
    ['https://a.preview.example.com', ['*.preview.example.com'], true],
    ['https://preview.example.com.evil.test', ['*.preview.example.com', 'preview.example.com'], false],
    ['https://evilpreview.example.com', ['*.preview.example.com'], false],
    ['http://user:word@localhost', ['localhost'], false],
    ['http://localhost', [], false],
  ])('%s is allowed by %j: %s', (url, hosts, allowed) => {
    const attempt = () => assertAllowed({ content: url }, hosts);
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(/subgraph content may not be at/);
  });

  it('has to be one of the supergraph', () => {
    expect(() => withAddresses(GRAPH.supergraphSdl, { contents: 'http://localhost' })).toThrow(/contents/);
    expect(withAddresses(GRAPH.supergraphSdl, { content: 'http://localhost:1' })).toContain(
      'http://localhost:1',
    );
    expect(withAddresses(GRAPH.supergraphSdl, {})).toBe(GRAPH.supergraphSdl);
  });
});

describe('preview variants', () => {
  const token = (scope: string) =>
    new SignJWT({ sub: 'p1', scope, exp: Math.floor(NOW / 1000) + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET));

  it('are off in production unless they are allowed, and then for those with the scope', async () => {
    const parse = (more: Record<string, string>) =>
      parseGatewayConfig({ MARQUEE_MODE: 'production', MARQUEE_AUTH_SECRET: SECRET, ...more });
    expect(parse({}).variants).toMatchObject({ access: 'off', hosts: [] });
    expect(parse({ MARQUEE_VARIANTS: 'scoped' }).variants).toMatchObject({
      access: 'scoped',
      scope: 'variant:use',
    });
    expect(() => parse({ MARQUEE_VARIANTS: 'open' })).toThrow(
      /MARQUEE_VARIANTS: must not be open in production/,
    );
    expect(() => gatewayOver(GRAPH, { config: { ...PRODUCTION, variants: OPEN } })).toThrow(
      /must not be open/,
    );
    expect(parseGatewayConfig({ MARQUEE_MODE: 'development' }).variants?.access).toBe('open');

    const installation = inFolder();
    await installation.publications.publish(variant('next', WITHOUT_BROKEN));
    for (const access of ['off', 'scoped'] as const) {
      const variants = { ...OPEN, access };
      const { gateway } = await serve(installation, variants, { config: { ...PRODUCTION, variants } });
      const status = async (scope: string, name = 'next') =>
        ask(gateway, '{ me }', { 'marquee-variant': name, authorization: `Bearer ${await token(scope)}` });
      for (const name of ['next', 'unknown']) {
        const refused = await status('experiment:read', name);
        expect(refused).toMatchObject({
          status: 403,
          body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
        });
        expect(refused.body.errors).toHaveLength(1);
      }
      const allowed = () => status('variant:use');
      if (access === 'off') expect((await allowed()).status).toBe(403);
      else await waitUntil(async () => (await allowed()).status === 200);
    }
  });

  it('are refused by a gateway that has none, rather than answered by another graph', async () => {
    const gateway = gatewayOver(GRAPH, { config: { ...DEVELOPMENT, variants: OPEN } });
    await gateway.start();
    onTestFinished(() => gateway.stop());
    const answer = await ask(gateway, '{ me }', { 'marquee-variant': 'next' });
    expect(answer).toMatchObject({
      status: 404,
      body: {
        errors: [{ message: expect.stringContaining('next'), extensions: { code: 'VARIANT_NOT_FOUND' } }],
      },
    });
    expect(answer.body.data).toBeUndefined();
  });

  it('are asked for by names alone, and once', async () => {
    const { gateway } = await serve(inFolder());
    for (const name of ['', '../etc', 'A', 'x'.repeat(100)]) {
      const answer = await ask(gateway, '{ me }', { 'marquee-variant': name });
      expect(answer.body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    }
  });

  it('of the whole graph do not answer for a contract', async () => {
    const installation = inFolder();
    await installation.publications.publish(variant('next', WITHOUT_BROKEN));
    const { gateway } = await serve(installation, OPEN, {
      contracts: [{ name: 'partner', include: [], exclude: ['internal'], hideUnreachable: true }],
    });
    const answer = await fetch(`${gateway.url()}/contracts/partner/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'marquee-variant': 'next' },
      body: JSON.stringify({ query: '{ me }' }),
    });
    expect(answer.status).toBe(403);
  });

  it('say in the log which of them is served and why one is not', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const installation = inBroadcast();
    await installation.publications.publish(variant('stranger', WITH_STRANGER));
    await installation.publications.publish(variant('next', WITHOUT_BROKEN));
    const logger = createLogger({ service: 'test', level: 'info', destination });
    await serve(installation, OPEN, { logger });
    await waitUntil(() =>
      lines.some((line) => /a preview variant is refused/.test(line) && /stranger/.test(line)),
    );
    await waitUntil(() =>
      lines.some((line) => /a preview variant is served/.test(line) && /next@/.test(line)),
    );
  });

  it('that cannot be served are tried once, and everything that was made of them is let go', async () => {
    const refusals: string[] = [];
    const destination = {
      write(line: string) {
        if (/a preview variant is refused/.test(line)) refusals.push(JSON.parse(line).variant);
      },
    };
    const held = new Set<string>();
    const planner: Planner = {
      ...plannerInThisThread,
      async load(sdl, ...given) {
        held.add(sdl);
        const loaded = await plannerInThisThread.load(sdl, ...given);
        return { ...loaded, release: () => void held.delete(sdl) };
      },
    };
    const clock = manualClock(NOW);
    const installation = inFolder(() => new Date(clock.now()));
    const { publications } = installation;
    await publications.publish(variant('stranger', WITH_STRANGER));
    const logger = createLogger({ service: 'test', level: 'info', destination });
    const { fields } = await serve(installation, OPEN, { logger, planner });
    await waitUntil(() => refusals.length > 0);
    for (const name of ['one', 'two']) {
      await publications.publish(variant(name, WITHOUT_BROKEN));
      await waitUntil(async () => (await fields(name)).status === 200);
    }
    expect(refusals).toEqual(['stranger']);
    expect([...held]).toEqual([GRAPH.supergraphSdl, WITHOUT_BROKEN]);
    // Somebody has published it again: perhaps it can be served now.
    clock.advance(1_000);
    await publications.publish(variant('stranger', WITH_STRANGER));
    await waitUntil(() => refusals.length === 2);
  });

  it('are let go also when a client went away before it was known who it is', async () => {
    const installation = inFolder();
    const url = 'http://127.0.0.1:1/graphql';
    await installation.publications.publish(variant('next', GRAPH.supergraphSdl, { urls: { content: url } }));
    const stopped: string[] = [];
    const known = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    let waits = false;
    const { gateway, fields, metrics } = await serve(installation, OPEN, {
      identity: async () => {
        if (!waits) return undefined;
        asked.resolve();
        return known.promise;
      },
      variants: {
        source: installation.source,
        connect: (subgraph) => ({
          fetch: async () => ({ data: null }),
          stop: async () => void stopped.push(subgraph),
        }),
      },
    });
    await waitUntil(async () => (await fields('next')).status === 200);
    waits = true;
    const leaving = new AbortController();
    const left = fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'marquee-variant': 'next' },
      body: JSON.stringify({ query: '{ me }' }),
      signal: leaving.signal,
    });
    await asked.promise;
    leaving.abort();
    await expect(left).rejects.toThrow();
    await waitUntil(async () => /status="499"/.test((await metrics.exposition()).body));
    known.resolve(undefined);
    waits = false;
    await installation.publications.retire('next');
    await waitUntil(() => stopped.includes('content'));
  });

  it('end with the answers they are giving', async () => {
    const installation = inFolder();
    await installation.publications.publish(variant('next', GRAPH.supergraphSdl));
    const { gateway, fields } = await serve(installation);
    await waitUntil(async () => (await fields('next')).status === 200);
    const slow = ask(gateway, '{ slow }', { 'marquee-variant': 'next' });
    await GRAPH.slowAsked;
    await installation.publications.retire('next');
    await waitUntil(async () => (await fields('next')).status === 404);
    GRAPH.answerSlow();
    expect((await slow).body.data).toEqual({ slow: 'at last' });
  });
});
