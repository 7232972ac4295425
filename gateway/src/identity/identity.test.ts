import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  DEVELOPMENT,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

const key = new TextEncoder().encode(SECRET);
const seconds = Math.floor(NOW / 1000);
const WHO = '{ me scopes }';

function token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ sub: 'p1', exp: seconds + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(key);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
function forged(
  header: Record<string, unknown>,
  signature: string,
  claims: Record<string, unknown> = {},
): string {
  return `${encode(header)}.${encode({ sub: 'p1', exp: seconds + 60, ...claims })}.${signature}`;
}
function hmacForged(header: Record<string, unknown>, secret: string | Buffer, hash = 'sha256'): string {
  const unsigned = `${encode(header)}.${encode({ sub: 'p1', exp: seconds + 60 })}`;
  return `${unsigned}.${createHmac(hash, secret).update(unsigned).digest('base64url')}`;
}

const gateways: Gateway[] = [];
async function started(gateway: Gateway): Promise<Gateway> {
  gateways.push(gateway);
  await gateway.start();
  return gateway;
}
afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())));

describe('production identity', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started(gatewayOver(smallGraph(), { config: PRODUCTION }));
  });

  it('takes the profile and the scopes from a valid bearer token', async () => {
    const answer = await ask(gateway, WHO, {
      authorization: `Bearer ${await token({ scope: 'experiment:read profile:export' })}`,
    });
    expect(answer.body.data).toEqual({ me: 'p1', scopes: ['experiment:read', 'profile:export'] });
  });

  it('treats a request without a token as anonymous', async () => {
    expect((await ask(gateway, WHO)).body).toEqual({ data: { me: null, scopes: null } });
  });

  it.each(['p1', 'admin', ''])('refuses the development header %j, also beside a valid token', async (id) => {
    const attempts: Record<string, string>[] = [
      { 'x-profile-id': id },
      { 'x-profile-id': id, authorization: `Bearer ${await token()}` },
    ];
    for (const headers of attempts) {
      const answer = await ask(gateway, WHO, headers);
      expect(answer.status).toBe(401);
      expect(answer.body.data).toBeUndefined();
      expect(answer.body.errors?.[0]?.extensions).toMatchObject({
        code: 'UNAUTHENTICATED',
        field: 'x-profile-id',
      });
    }
  });

  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const attacks: Record<string, () => string | Promise<string>> = {
    'alg none': () => forged({ alg: 'none' }, ''),
    'alg None': () => forged({ alg: 'None' }, ''),
    'alg nOnE': () => forged({ alg: 'nOnE' }, ''),
    'alg NONE with a signature': () => forged({ alg: 'NONE' }, 'AAAA'),
    'no alg': () => forged({}, ''),
    'an empty signature': () => forged({ alg: 'HS256' }, ''),
    'a null signature': () => forged({ alg: 'HS256' }, Buffer.alloc(32).toString('base64url')),
    'another key': () => hmacForged({ alg: 'HS256' }, 'another secret that is 32 bytes long'),
    'a blank key': () => hmacForged({ alg: 'HS256' }, ''),
    'the right key with HS512': () => hmacForged({ alg: 'HS512' }, SECRET, 'sha512'),
    'HS256 said, HS512 done': () => hmacForged({ alg: 'HS256' }, SECRET, 'sha512'),
    'RS256 with a key of its own': () =>
      new SignJWT({ sub: 'p1', exp: seconds + 60 }).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    'an embedded key': () =>
      hmacForged({ alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } }, 'mine'),
    'a key set elsewhere': () =>
      new SignJWT({ sub: 'p1', exp: seconds + 60 })
        .setProtectedHeader({
          alg: 'RS256',
          jku: 'http://127.0.0.1:9/jwks',
          jwk: publicKey.export({ format: 'jwk' }),
        })
        .sign(privateKey),
    'a key id that walks to an empty file': () =>
      hmacForged({ alg: 'HS256', kid: '../../../../dev/null' }, ''),
    'an unknown critical header': () =>
      hmacForged({ alg: 'HS256', crit: ['trust-me'], 'trust-me': true }, SECRET),
    'an expired token': () => token({ exp: seconds - 1 }),
    'no expiry': () => token({ exp: undefined }),
    'an expiry that is text': () => token({ exp: '9999999999' }),
    'not valid yet': () => token({ nbf: seconds + 60 }),
    'no subject': () => token({ sub: undefined }),
    'an empty subject': () => token({ sub: '' }),
    'a subject that is a list': () => token({ sub: ['p1', 'p2'] }),
    'a subject with a line break': () => token({ sub: 'p1\r\nx-admin: 1' }),
    'a subject of 129 characters': () => token({ sub: 'x'.repeat(129) }),
    'changed claims': async () => {
      const [header, , signature] = (await token()).split('.');
      return `${header}.${encode({ sub: 'p2', exp: seconds + 60 })}.${signature}`;
    },
    'a token of 5,000 characters': () => token({ padding: 'x'.repeat(4_000) }),
    'no token': () => '',
    'one part': () => 'abc',
  };
  it.each(Object.keys(attacks))('refuses %s', async (name) => {
    const answer = await ask(gateway, WHO, { authorization: `Bearer ${await attacks[name]!()}` });
    expect(answer.status).toBe(401);
    expect(answer.body.errors?.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(answer.body.data).toBeUndefined();
  });

  it.each(['Basic cDE6cA==', 'Bearer', 'Bearer a, Bearer b'])(
    'refuses the header %j',
    async (authorization) => {
      expect((await ask(gateway, WHO, { authorization })).status).toBe(401);
    },
  );

  it('requires issuer and audience where they are configured', async () => {
    const strict = await started(
      gatewayOver(smallGraph(), {
        config: {
          ...PRODUCTION,
          auth: { secret: SECRET, issuer: 'https://id.example', audience: 'marquee' },
        },
      }),
    );
    const asked = async (claims: Record<string, unknown>) =>
      (await ask(strict, WHO, { authorization: `Bearer ${await token(claims)}` })).status;
    expect(await asked({ iss: 'https://id.example', aud: 'marquee' })).toBe(200);
    expect(await asked({ iss: 'https://id.example', aud: 'other' })).toBe(401);
    expect(await asked({ iss: 'https://evil.example', aud: 'marquee' })).toBe(401);
    expect(await asked({})).toBe(401);
  });

  it.each([undefined, '', ' '.repeat(40), 'short'])('does not start with the secret %j', (secret) => {
    const config = { ...PRODUCTION, auth: { ...PRODUCTION.auth, secret } };
    expect(() => gatewayOver(smallGraph(), { config })).toThrow(/MARQUEE_AUTH_SECRET/);
  });
});

describe('development identity', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started(gatewayOver(smallGraph()));
  });

  it('is whoever the header names', async () => {
    const answer = await ask(gateway, WHO, { 'x-profile-id': 'p7' });
    expect(answer.body.data).toEqual({ me: 'p7', scopes: ['experiment:read'] });
  });

  it('is anonymous without the header or with an empty one', async () => {
    expect((await ask(gateway, '{ me }')).body.data).toEqual({ me: null });
    expect((await ask(gateway, '{ me }', { 'x-profile-id': '' })).body.data).toEqual({ me: null });
  });

  it('takes a bearer token too, and refuses a bad one', async () => {
    expect((await ask(gateway, '{ me }', { authorization: `Bearer ${await token()}` })).body.data).toEqual({
      me: 'p1',
    });
    expect(
      (await ask(gateway, '{ me }', { authorization: `Bearer ${forged({ alg: 'none' }, '')}` })).status,
    ).toBe(401);
  });

  it('refuses two identities at once', async () => {
    const answer = await ask(gateway, '{ me }', {
      authorization: `Bearer ${await token()}`,
      'x-profile-id': 'p2',
    });
    expect(answer.status).toBe(401);
  });

  it.each(['a b', 'p1, p2', 'x'.repeat(129)])('refuses the id %j', async (id) => {
    expect((await ask(gateway, '{ me }', { 'x-profile-id': id })).status).toBe(401);
  });

  it('refuses bearer tokens when there is no secret to check them with', async () => {
    const auth = { secret: undefined, issuer: undefined, audience: undefined };
    const bare = await started(gatewayOver(smallGraph(), { config: { ...DEVELOPMENT, auth } }));
    expect((await ask(bare, '{ me }', { authorization: `Bearer ${await token()}` })).status).toBe(401);
    expect((await ask(bare, '{ me }', { 'x-profile-id': 'p1' })).body.data).toEqual({ me: 'p1' });
  });
});
