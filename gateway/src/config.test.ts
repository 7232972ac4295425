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
});
