/** What the file of the general gateway says about its own edge, and what becomes of it. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@marquee/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { openSocket } from '../../test/raw-client.ts';
import { parseGatewayConfig } from '../config.ts';
import type { Gateway } from '../index.ts';
import { httpLimitsOf, overloadOf, sightOf } from './edge-settings.ts';
import { parseGatewayFile, withPaths } from './gateway-file.ts';
import { createSupergraphGateway } from './serve-supergraph.ts';

const gateways: Gateway[] = [];
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.stop())));

async function serve(settings: string): Promise<Gateway> {
  const { supergraphSdl } = composeSupergraph([{ name: 'a', sdl: 'type Query { a: Int }' }]);
  const file = parseGatewayFile(
    `listen: { port: 0 }\nsubgraphs: { a: { url: 'http://127.0.0.1:1/graphql' } }\n${settings}`,
    'test.yaml',
  );
  const gateway = createSupergraphGateway(
    { supergraphSdl, file, development: true, explorer: false },
    silentLogger,
  );
  gateways.push(gateway);
  await gateway.start();
  return gateway;
}

describe('the edge of the general gateway', () => {
  it('is by default as that of the platform', () => {
    const file = parseGatewayFile('', 'none');
    const platform = parseGatewayConfig({ MARQUEE_MODE: 'development' });
    expect(httpLimitsOf(file, file.limits.maxBodyBytes)).toEqual(platform.http);
    expect(overloadOf(file).queue).toEqual(platform.overload.queue);
    expect(overloadOf(file).concurrency).toEqual({ ...platform.overload.concurrency, min: 8 });
    expect(sightOf(file)).toEqual(platform.sight);
  });

  it.each([
    ['http: { headersTimeoutMs: 900, requestTimeoutMs: 800 }', /http\.headersTimeoutMs: must not be larger/],
    ['http: { keepAliveMs: 1 }', /http\.keepAliveMs/],
    ['http: { keepAlive: 900 }', /http: .*keepAlive/],
    ['overload: { concurrency: { min: 300 } }', /overload\.concurrency\.min: must not be larger than max/],
    [
      'overload: { queue: { targetMs: 3001 } }',
      /overload\.queue\.targetMs: must not be larger than maxWaitMs/,
    ],
    ['usage: { every: -1 }', /usage\.every/],
  ])('is refused with the name of what is wrong: %s', (text, message) => {
    expect(() => parseGatewayFile(text, 'wrong.yaml')).toThrow(message);
  });

  it('cuts off who does not finish its headers in the time that the file has', async () => {
    const gateway = await serve('http: { headersTimeoutMs: 60, requestTimeoutMs: 60, timeoutCheckMs: 10 }');
    const socket = await openSocket(gateway.url());
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
    socket.destroy();
  });

  it.each([
    ['reports who uses what into the folder of the file', 1, ['fields.json', 'operations.json']],
    ['counts nobody where the file says so', 0, []],
  ])('%s', async (_what, every, files) => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-usage-'));
    try {
      const gateway = await serve(`usage: { every: ${every}, folder: '${folder}' }`);
      await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'apollographql-client-name': 'tv' },
        body: JSON.stringify({ query: 'query Asked { a }' }),
      });
      await gateway.stop();
      expect((await readdir(folder)).sort()).toEqual(files);
      for (const file of files) expect(await readFile(join(folder, file), 'utf8')).toContain('tv');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('finds the folder of its reports where the file is', () => {
    expect(withPaths(parseGatewayFile('usage: { folder: reports }', 'x'), '/srv').usage.folder).toBe(
      '/srv/reports',
    );
  });
});
