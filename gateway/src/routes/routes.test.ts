import { MarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { answerOf, ask, gatewayOver, PRODUCTION, smallGraph } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';

const started = startedGateways();

describe('other paths', () => {
  it('says that the process lives, and what is not ready', async () => {
    let ready = false;
    const gateway = await started(smallGraph(), {
      readiness: () => ({
        ready,
        components: { catalogue: ready ? { ready } : { ready, detail: 'indexing' } },
      }),
    });
    expect(await (await fetch(`${gateway.url()}/health`)).json()).toEqual({ status: 'alive' });
    const early = await fetch(`${gateway.url()}/ready`);
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({
      ready: false,
      components: { catalogue: { ready: false, detail: 'indexing' } },
      errors: [{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } }],
    });
    ready = true;
    expect((await fetch(`${gateway.url()}/ready`)).status).toBe(200);
  });

  it('lists personas and serves the explorer in development only', async () => {
    const development = await started();
    const production = await started(smallGraph(), { config: PRODUCTION });
    expect(await (await fetch(`${development.url()}/personas`)).json()).toEqual([
      { id: 'p1', name: 'Ada', tastes: ['1970s crime'] },
    ]);
    for (const path of ['/personas', '/', '/explorer/', '/start/page.ts']) {
      expect((await fetch(production.url() + path)).status, path).toBe(404);
      expect((await fetch(development.url() + path)).status, path).toBe(200);
    }
  });

  it('mounts the routes it is given, with their headers', async () => {
    const gateway = await started();
    const response = await fetch(`${gateway.url()}/artwork/t0?width=300&width=900`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    expect(response.headers.get('content-type')).toContain('image/svg+xml');
    expect(await response.text()).toContain('t0 300');
  });

  it('does not let a route hide a path of its own', async () => {
    const route = {
      method: 'GET' as const,
      path: '/graphql/x',
      handle: () => Promise.reject(new Error('never')),
    };
    await expect(gatewayOver(smallGraph(), { routes: [route] }).start()).rejects.toThrow(/graphql/);
  });

  it('masks what a route throws and says where nothing is', async () => {
    const gateway = await started(smallGraph(), {
      routes: [
        { method: 'GET', path: '/broken', handle: () => Promise.reject(new Error('disk /var/x is gone')) },
        {
          method: 'GET',
          path: '/missing',
          handle: () => Promise.reject(new MarqueeError('NOT_FOUND', 'No such poster.')),
        },
      ],
    });
    const broken = await answerOf(
      await fetch(`${gateway.url()}/broken`, { headers: { 'x-request-id': 'r-1' } }),
    );
    expect(broken.status).toBe(500);
    expect(broken.body.errors?.[0]).toMatchObject({
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r-1' },
    });
    expect(broken.text).not.toContain('/var/x');
    expect((await answerOf(await fetch(`${gateway.url()}/missing`))).status).toBe(404);
    expect((await answerOf(await fetch(`${gateway.url()}/nowhere`))).body.errors?.[0]?.extensions.code).toBe(
      'NOT_FOUND',
    );
  });

  it('echoes harmless request ids and replaces others', async () => {
    const gateway = await started();
    const id = async (sent: string) =>
      (await ask(gateway, '{ me }', { 'x-request-id': sent })).headers.get('x-request-id');
    expect(await id('abc-1')).toBe('abc-1');
    expect(await id('a b<script>')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('forbids framing, sniffing and caching of answers', async () => {
    const { headers } = await ask(await started(), '{ me }');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('private, no-store');
  });
});
