import { describe, expect, it } from 'vitest';
import { parseGatewayFile } from '../command/gateway-file.ts';
import { parseEmbeddedCacheConfig, parsePlatformCacheConfig } from './platform-cache-config.ts';

describe('nothing is kept unless somebody says so, or the platform has a store for it', () => {
  it('a general gateway', () => {
    expect(parseGatewayFile('', 'none').responseCache.mode).toBe('off');
    expect(parseGatewayFile('responseCache: { mode: on }', 'a.yaml').responseCache).toMatchObject({
      mode: 'on',
      store: 'memory',
    });
    expect(() => parseGatewayFile('responseCache: { mode: on, store: redis }', 'a.yaml')).toThrow(
      /redis\.url/,
    );
    const redis = (address: string) => `responseCache: { mode: on, store: redis, redis: { ${address} } }`;
    const url = 'url: "redis://a:1"';
    const nodes = 'clusterNodes: ["redis://a:1", "redis://b:1"]';
    expect(parseGatewayFile(redis(nodes), 'a.yaml').responseCache.redis).toEqual({
      clusterNodes: ['redis://a:1', 'redis://b:1'],
      keyPrefix: 'gateway:',
    });
    for (const wrong of ['', `${url}, ${nodes}`, `${url}, keyPrefix: "{a}"`, 'clusterNodes: []']) {
      expect(() => parseGatewayFile(redis(wrong), 'a.yaml'), wrong).toThrow();
    }
    expect(() => parseGatewayFile('responseCache: { mode: on, age: 5 }', 'a.yaml')).toThrow(/age/);
  });

  it('a gateway process of the platform', () => {
    expect(parsePlatformCacheConfig({}).options.mode).toBe('off');
    const shared = parsePlatformCacheConfig({ REDIS_URL: 'redis://10.0.0.1:6379', MARQUEE_KEY_PREFIX: 'm:' });
    expect(shared.options).toMatchObject({
      mode: 'on',
      store: 'redis',
      redis: { url: 'redis://10.0.0.1:6379', keyPrefix: 'm:' },
    });
    const cluster = { REDIS_URL: 'redis://a:1,redis://b:1', REDIS_CLUSTER: 'true' };
    expect(parsePlatformCacheConfig(cluster).options).toMatchObject({
      store: 'redis',
      redis: { clusterNodes: ['redis://a:1', 'redis://b:1'], keyPrefix: 'marquee:' },
    });
  });

  it('all parts in one process', () => {
    expect(parseEmbeddedCacheConfig({})).toMatchObject({ mode: 'on', store: 'memory' });
    expect(parseEmbeddedCacheConfig({ MARQUEE_RESPONSE_CACHE: 'off' }).mode).toBe('off');
    expect(parseEmbeddedCacheConfig({}).purges).toBe('.marquee/cache-purges');
  });
});
