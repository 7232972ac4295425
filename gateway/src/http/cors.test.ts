import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEVELOPMENT, gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import { type Gateway, parseGatewayConfig } from '../index.ts';
import { type CorsOptions, corsConfig, corsSchema } from './cors.ts';

const gateways: Gateway[] = [];
afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())));

async function started(cors?: Partial<CorsOptions>): Promise<Gateway> {
  const config = cors === undefined ? DEVELOPMENT : { ...DEVELOPMENT, cors: corsSchema.parse(cors) };
  const gateway = gatewayOver(smallGraph(), { config });
  gateways.push(gateway);
  await gateway.start();
  return gateway;
}

const APP = 'https://app.example.com';

/** Undici sends no `origin` of somebody else. */
function send(
  gateway: Gateway,
  method: string,
  headers: Record<string, string>,
  { path = '/graphql', body = '' } = {},
) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const sent = httpRequest(`${gateway.url()}${path}`, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const preflight = (gateway: Gateway, origin: string) =>
  send(gateway, 'OPTIONS', {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type, authorization',
  });
const ask = (gateway: Gateway, origin: string | undefined, body = '{"query":"{ me }"}') =>
  send(
    gateway,
    'POST',
    { 'content-type': 'application/json', ...(origin !== undefined && { origin }) },
    { body },
  );

describe('a page of another origin', () => {
  it('is allowed nothing unless that was said', async () => {
    const gateway = await started();
    expect((await preflight(gateway, APP)).status).toBe(405);
    const { status, headers } = await ask(gateway, APP);
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('asks first, then reads its answer, refusals included', async () => {
    const gateway = await started({ origins: [APP], maxAgeSeconds: 60 });
    const first = await preflight(gateway, APP);
    expect(first.status).toBe(204);
    expect(first.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization',
      'access-control-max-age': '60',
      vary: expect.stringContaining('origin'),
    });
    expect(first.headers).not.toHaveProperty('access-control-allow-credentials');
    for (const body of ['{"query":"{ me }"}', 'no JSON']) {
      const { headers } = await ask(gateway, APP, body);
      expect(headers, body).toMatchObject({
        'access-control-allow-origin': APP,
        'access-control-expose-headers': expect.stringContaining('retry-after'),
        vary: expect.stringContaining('origin'),
      });
    }
  });

  it('asks by id and over a contract as well', async () => {
    const gateway = await started({ origins: [APP] });
    const { headers, status } = await send(gateway, 'GET', { origin: APP }, { path: '/graphql/nobody' });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe(APP);
    const unknown = await send(
      gateway,
      'POST',
      { origin: APP, 'content-type': 'application/json' },
      { path: '/contracts/none/graphql', body: '{"query":"{ me }"}' },
    );
    expect(unknown.status).toBe(404);
    expect(unknown.headers['access-control-allow-origin']).toBe(APP);
  });

  it('that is not named reads nothing, and what is kept for one is not given to another', async () => {
    const gateway = await started({ origins: [APP] });
    for (const origin of ['https://evil.example', `${APP}.evil.example`, 'null', undefined]) {
      const { headers } = await ask(gateway, origin);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers.vary).toContain('origin');
    }
    expect((await preflight(gateway, 'https://evil.example')).status).toBe(405);
  });

  it('reads nothing of what is for operators', async () => {
    const gateway = await started({ origins: [APP] });
    const { headers } = await send(gateway, 'GET', { origin: APP }, { path: '/ready' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  describe('below a domain', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await started({ origins: ['https://*.example.com'], credentials: true });
    });

    it.each([
      ['https://a.example.com', true],
      ['https://a.b.example.com', true],
      ['https://example.com', false],
      ['http://a.example.com', false],
      ['https://evil.com/.example.com', false],
      ['https://aexample.com', false],
      ['https://a.example.com.evil.com', false],
    ])('%s is allowed: %s', async (origin, allowed) => {
      const { headers } = await ask(gateway, origin);
      expect(headers['access-control-allow-origin']).toBe(allowed ? origin : undefined);
      expect(headers['access-control-allow-credentials']).toBe(allowed ? 'true' : undefined);
    });
  });

  it('may be any, without credentials', async () => {
    const gateway = await started({ origins: ['*'] });
    const { headers } = await ask(gateway, 'https://anybody.example');
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers.vary ?? '').not.toContain('origin');
    expect(() => corsSchema.parse({ origins: ['*'], credentials: true })).toThrow(/any page/);
    const open = { MARQUEE_MODE: 'development', MARQUEE_CORS_ORIGINS: '*', MARQUEE_CORS_CREDENTIALS: 'on' };
    expect(() => parseGatewayConfig(open)).toThrow(/MARQUEE_CORS_CREDENTIALS.*any page/);
  });

  it('is named in the environment', () => {
    const { cors } = parseGatewayConfig({
      MARQUEE_MODE: 'development',
      MARQUEE_CORS_ORIGINS: `${APP}, http://localhost:5173`,
    });
    expect(cors?.origins).toEqual([APP, 'http://localhost:5173']);
    for (const wrong of ['app.example.com', `${APP}/`, 'https://*', 'https://a.*.com', `${APP};b`]) {
      const environment = { MARQUEE_MODE: 'development', MARQUEE_CORS_ORIGINS: wrong };
      expect(() => parseGatewayConfig(environment), wrong).toThrow(/MARQUEE_CORS_ORIGINS/);
    }
    expect(corsConfig({ MARQUEE_CORS_CREDENTIALS: 'off', MARQUEE_CORS_MAX_AGE_SECONDS: 1 }).origins).toEqual(
      [],
    );
  });
});
