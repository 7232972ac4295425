import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from './logging.ts';

it.each([
  { authorization: 'Bearer hush-4711' },
  { headers: { cookie: 'session=hush-4711' } },
  { headers: { 'x-api-key': 'hush-4711', 'set-cookie': 'hush-4711', 'x-marquee-gateway': 'hush-4711' } },
  { req: { headers: { authorization: 'hush-4711', 'x-api-key': 'hush-4711' } } },
  { request: { headers: { 'x-anything': 'hush-4711' } } },
  { 'x-api-key': 'hush-4711', apiKey: 'hush-4711', token: 'hush-4711' },
  { viewer: { token: 'hush-4711', authorization: 'hush-4711' }, partner: { apiKey: 'hush-4711' } },
  {
    err: Object.assign(new Error('refused'), {
      headers: { authorization: 'hush-4711' },
      options: { password: 'hush-4711' },
    }),
  },
  { servers: [{ url: 'nats://a' }, { url: 'nats://b', token: 'hush-4711' }] },
  { config: { nats: { secret: 'hush-4711' } }, postgres: { password: 'hush-4711' } },
  { accessToken: 'hush-4711', client_secret: 'hush-4711', 'Proxy-Authorization': 'hush-4711' },
  { config: { MARQUEE_AUTH_SECRET: 'hush-4711', PGPASSWORD: 'hush-4711', x_api_key: 'hush-4711' } },
  { variables: { id: 'hush-4711' }, profile: { eMail: 'hush-4711@example.com' } },
  { servers: ['nats://hush-4711@a:4222', 'nats://b'], url: 'redis://default:hush-4711@b:6379/0' },
  { err: new Error('postgres://marquee:hush-4711@db:5432/marquee refused the connection') },
])('secrets are not logged, wherever they usually stand: %o', (fields) => {
  let log = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const logger = createLogger({ service: 'test', level: 'info', destination });
  logger.info(fields, 'something happened');
  logger.child(fields).info('something else');
  expect(log).toContain('[redacted]');
  expect(log).not.toContain('4711');
});

it('what is logged keeps everything else, and what was given is left as it was', () => {
  let log = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const kept = { tokens: 3, secretary: 'x', client: '@acme/web', link: 'https://a.example/@b' };
  const fields = { kept, a: { b: [1, { token: 'x', c: null }] }, at: new Date(0), token: undefined, n: 3 };
  createLogger({ service: 'test', level: 'info', destination }).info(fields, 'kept');
  expect(JSON.parse(log)).toMatchObject({
    service: 'test',
    kept,
    a: { b: [1, { token: '[redacted]', c: null }] },
    at: '1970-01-01T00:00:00.000Z',
    n: 3,
  });
  expect(fields.a.b[1]).toEqual({ token: 'x', c: null });
});
