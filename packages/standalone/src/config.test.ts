import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const SECRET = 'a secret of more than thirty-two bytes';

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(isMarqueeError(error, 'CONFIG_INVALID')).toBe(true);
    return String(error);
  }
  throw new Error('was not refused');
}

describe('configuration', () => {
  it('is production unless development is asked for by name', () => {
    expect(loadConfig({ MARQUEE_AUTH_SECRET: SECRET }).gateway.mode).toBe('production');
    expect(loadConfig({}, { development: true }).gateway.mode).toBe('development');
    expect(refusal(() => loadConfig({}))).toContain('MARQUEE_AUTH_SECRET');
  });

  it('refuses development where NODE_ENV says production', () => {
    expect(refusal(() => loadConfig({ NODE_ENV: 'production' }, { development: true }))).toContain(
      '--development',
    );
    expect(refusal(() => loadConfig({ NODE_ENV: 'production', MARQUEE_MODE: 'development' }))).toContain(
      'NODE_ENV',
    );
  });

  it('takes the command line before the environment', () => {
    const config = loadConfig(
      { PORT: '5000', MARQUEE_DATA_DIR: 'there' },
      { development: true, port: '6000', dataDirectory: 'here' },
    );
    expect(config.gateway.port).toBe(6000);
    expect(config.dataDirectory).toMatch(/here$/);
  });

  it('never repeats a secret in its complaints', () => {
    expect(refusal(() => loadConfig({ MARQUEE_AUTH_SECRET: 'too-short', PORT: 'x' }))).not.toContain(
      'too-short',
    );
  });
});
