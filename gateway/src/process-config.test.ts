import { expect, it } from 'vitest';
import { loadGatewayProcessConfig } from './process-config.ts';

const SUBGRAPHS = ['CONTENT', 'USER_PROFILE', 'RECOMMENDATION', 'EXPERIMENT'];
const at = (protocol: string) =>
  Object.fromEntries(SUBGRAPHS.map((name) => [`MARQUEE_SUBGRAPH_${name}`, `${protocol}://127.0.0.1:1`]));
const BASE = {
  MARQUEE_MODE: 'development',
  MARQUEE_GATEWAY_SECRET: 'a secret of the tests, 32 bytes long',
  ...at('http'),
};
const load = (environment: Record<string, string>) => loadGatewayProcessConfig({ ...BASE, ...environment });

it('serves the shipped supergraph over plain HTTP when nothing else is asked for', () => {
  expect(load({})).toMatchObject({
    supergraph: { source: { kind: 'shipped' }, lastGoodPath: undefined },
    subgraphTls: undefined,
  });
});

it('follows a file, or what is published on NATS', () => {
  expect(
    load({ MARQUEE_SUPERGRAPH_SOURCE: 'file', MARQUEE_SUPERGRAPH_FILE: '/etc/graph' }).supergraph.source,
  ).toEqual({ kind: 'file', path: '/etc/graph' });
  const published = load({
    MARQUEE_SUPERGRAPH_SOURCE: 'published',
    NATS_URL: 'nats://a:4222, nats://b:4222',
    NATS_USER: 'marquee',
    NATS_PASSWORD: 'hush',
    MARQUEE_STREAM: 'staging',
  });
  expect(published.supergraph.source).toEqual({
    kind: 'published',
    publishShipped: true,
    nats: {
      servers: ['nats://a:4222', 'nats://b:4222'],
      credentials: { user: 'marquee', password: 'hush' },
      stream: 'staging',
      replicas: 1,
    },
  });
});

it('takes certificates for subgraphs that are reached by https', () => {
  const files = {
    MARQUEE_SUBGRAPH_TLS_CA: '/ca',
    MARQUEE_SUBGRAPH_TLS_CERT: '/c',
    MARQUEE_SUBGRAPH_TLS_KEY: '/k',
  };
  expect(load({ ...at('https'), ...files }).subgraphTls).toEqual({ ca: '/ca', cert: '/c', key: '/k' });
});

it('reaches further subgraphs by variables of their own', () => {
  const { subgraphs } = load({ MARQUEE_SUBGRAPH_WATCH_PARTY: 'http://a:1, http://b:2' });
  expect(Object.keys(subgraphs)).toEqual([
    'content',
    'user-profile',
    'recommendation',
    'experiment',
    'watch-party',
  ]);
  expect(subgraphs['watch-party']).toEqual(['http://a:1', 'http://b:2']);
  expect(() => load({ MARQUEE_SUBGRAPH_WATCH_PARTY: 'nowhere' })).toThrow(/MARQUEE_SUBGRAPH_WATCH_PARTY/);
});

it('counts limits of partners in Redis where there is one, a cluster too', () => {
  expect(load({}).quotas).toEqual({ redis: undefined, withinMs: 5, assumedGateways: 10 });
  const redis = { REDIS_URL: 'redis://a:1' };
  expect(load(redis).quotas.redis).toEqual({ url: 'redis://a:1', keyPrefix: 'marquee:' });
  expect(load({ ...redis, MARQUEE_QUOTAS: 'memory' }).quotas.redis).toBeUndefined();
  const cluster = { REDIS_URL: 'redis://a:1,redis://b:2', REDIS_CLUSTER: 'true', MARQUEE_KEY_PREFIX: 'm:' };
  expect(load({ ...cluster, MARQUEE_QUOTAS_GATEWAYS: '3', MARQUEE_QUOTAS_WITHIN_MS: '9' }).quotas).toEqual({
    redis: { clusterNodes: ['redis://a:1', 'redis://b:2'], keyPrefix: 'm:' },
    withinMs: 9,
    assumedGateways: 3,
  });
  expect(() => load({ MARQUEE_QUOTAS: 'both', MARQUEE_QUOTAS_WITHIN_MS: '0' })).toThrow(
    /MARQUEE_QUOTAS.*MARQUEE_QUOTAS_WITHIN_MS/s,
  );
});

it('names everything that does not fit, together', () => {
  const wrong = () => load({ MARQUEE_SUPERGRAPH_SOURCE: 'file', MARQUEE_SUBGRAPH_TLS_CERT: '/c', PORT: 'x' });
  for (const part of [/MARQUEE_SUPERGRAPH_FILE/, /MARQUEE_SUBGRAPH_TLS_KEY/, /https:\/\//, /PORT/]) {
    expect(wrong).toThrow(part);
  }
});
