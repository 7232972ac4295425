import { describe, expect, it } from 'vitest';
import { parseGatewayConfig } from './config.ts';

const secret = 'x'.repeat(32);

describe('configuration', () => {
  it('is production on the loopback address unless told otherwise', () => {
    expect(parseGatewayConfig({ MARQUEE_AUTH_SECRET: secret })).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      mode: 'production',
    });
  });

  it('needs no secret in development', () => {
    expect(parseGatewayConfig({ MARQUEE_MODE: 'development', PORT: '0' }).auth.secret).toBeUndefined();
  });

  it.each([{}, { MARQUEE_MODE: '' }, { MARQUEE_MODE: 'production' }])(
    'refuses production without a secret: %j',
    (given) => {
      expect(() => parseGatewayConfig(given)).toThrow(/MARQUEE_AUTH_SECRET: required/);
    },
  );

  it.each([' '.repeat(40), 'short'])('refuses the secret %j in either mode without repeating it', (weak) => {
    for (const mode of ['development', 'production']) {
      expect(() => parseGatewayConfig({ MARQUEE_MODE: mode, MARQUEE_AUTH_SECRET: weak })).toThrow(
        /MARQUEE_AUTH_SECRET: must/,
      );
      expect(() => parseGatewayConfig({ MARQUEE_MODE: mode, MARQUEE_AUTH_SECRET: weak })).not.toThrow(
        /short/,
      );
    }
  });

  it('reports all errors at once', () => {
    expect(() => parseGatewayConfig({ PORT: '99999', MARQUEE_MODE: 'staging', LOG_LEVEL: 'loud' })).toThrow(
      /PORT.*MARQUEE_MODE.*LOG_LEVEL/s,
    );
  });

  it('names every limit that is wrong, also those that contradict each other', () => {
    expect(() =>
      parseGatewayConfig({
        MARQUEE_MODE: 'development',
        MARQUEE_HEADERS_TIMEOUT_MS: '0',
        MARQUEE_MAX_CONNECTIONS: 'many',
        MARQUEE_DRAIN_GRACE_MS: '-1',
        MARQUEE_CRITICAL_FIELDS: 'home;drop',
        MARQUEE_OVERLOAD_PROTECTION: 'maybe',
      }),
    ).toThrow(/HEADERS_TIMEOUT_MS.*MAX_CONNECTIONS.*DRAIN_GRACE_MS.*OVERLOAD_PROTECTION.*CRITICAL_FIELDS/s);
    expect(() =>
      parseGatewayConfig({
        MARQUEE_MODE: 'development',
        MARQUEE_HEADERS_TIMEOUT_MS: '20000',
        MARQUEE_CONCURRENCY_MIN: '9',
        MARQUEE_CONCURRENCY_MAX: '3',
      }),
    ).toThrow(/HEADERS_TIMEOUT_MS: must not be larger.*CONCURRENCY_MIN: must not be larger/s);
  });

  it('reports a missing secret and a contradiction beside what is wrong by itself', () => {
    expect(() => parseGatewayConfig({ PORT: '99999', MARQUEE_HEADERS_TIMEOUT_MS: '20000' })).toThrow(
      /PORT.*MARQUEE_AUTH_SECRET: required.*MARQUEE_HEADERS_TIMEOUT_MS: must not be larger/s,
    );
  });

  it('waits for routers in production alone', () => {
    expect(parseGatewayConfig({ MARQUEE_AUTH_SECRET: secret }).drain.graceMs).toBe(1_000);
    expect(parseGatewayConfig({ MARQUEE_MODE: 'development' }).drain.graceMs).toBe(0);
  });

  it('reads critical fields as a list', () => {
    const { overload } = parseGatewayConfig({
      MARQUEE_MODE: 'development',
      MARQUEE_CRITICAL_FIELDS: 'home, watchNext',
    });
    expect([...overload.criticalFields]).toEqual(['home', 'watchNext']);
  });
});
