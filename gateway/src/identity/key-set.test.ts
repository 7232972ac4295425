/** Tokens signed by an identity provider whose keys are fetched from a real HTTP server, or read from a file. */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { manualClock } from '@marquee/domain';
import { createLogger, isMarqueeError } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { NOW, SECRET } from '../../test/small-graph/small-graph.ts';
import { parseGatewayConfig } from '../config.ts';
import { type AuthConfig, isTrustworthySource } from './auth-variables.ts';
import { BearerTokens } from './bearer-token.ts';
import { usableKeys } from './key-source.ts';

const seconds = Math.floor(NOW / 1000);
const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 600_000;
/** Right in everything: whatever a test changes is all that is wrong. */
const PROPER = { sub: 'p1', exp: seconds + 3_600, iss: 'https://id.example', aud: 'marquee', tenant: 't' };

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}
async function signer(kid: string, alg = 'RS256'): Promise<Signer> {
  return { kid, alg, ...(await generateKeyPair(alg, { extractable: true })) };
}
async function keySetOf(...signers: readonly Signer[]): Promise<JSONWebKeySet> {
  return {
    keys: await Promise.all(
      signers.map(async ({ kid, alg, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg,
        use: 'sig',
      })),
    ),
  };
}
function token(
  { kid, alg, privateKey }: Signer,
  claims: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT({ ...PROPER, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

let first: Signer;
let second: Signer;
let elliptic: Signer;
let stranger: Signer;
beforeAll(async () => {
  [first, second, elliptic, stranger] = await Promise.all([
    signer('first'),
    signer('second'),
    signer('elliptic', 'ES256'),
    signer('first'),
  ]);
});

interface Issuer {
  readonly url: string;
  requests: number;
  answer: RequestListener;
}
async function issuer(keys: JSONWebKeySet): Promise<Issuer> {
  const state: Issuer = { url: '', requests: 0, answer: json(keys) };
  const server = createServer((request, response) => {
    state.requests++;
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` });
}
function json(keys: unknown): RequestListener {
  return (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
}

function tokensFrom(source: string, changes: Partial<AuthConfig> = {}) {
  const clock = manualClock(NOW);
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const tokens = new BearerTokens(
    {
      secret: undefined,
      issuer: undefined,
      audience: undefined,
      keySet: {
        source,
        algorithms: ['RS256', 'ES256'],
        cooldownMs: COOLDOWN_MS,
        maxAgeMs: MAX_AGE_MS,
        timeoutMs: 400,
      },
      ...changes,
    },
    clock,
    createLogger({ service: 'test', level: 'debug', destination }),
  );
  const code = async (text: string): Promise<string> =>
    tokens.verify(text).then(
      () => 'accepted',
      (error: unknown) => (isMarqueeError(error) ? `${error.code} ${error.publicMessage}` : String(error)),
    );
  return { tokens, clock, lines, code };
}
const REFUSED = 'UNAUTHENTICATED The bearer token is not valid.';
const UNAVAILABLE = /^DEPENDENCY_UNAVAILABLE /;

describe('a key set', () => {
  it('is fetched once for any number of tokens, also at the same time', async () => {
    const provider = await issuer(await keySetOf(first, elliptic));
    const { tokens } = tokensFrom(provider.url);
    const texts = await Promise.all([token(first), token(elliptic), token(first), token(elliptic)]);
    const viewers = await Promise.all(texts.map((text) => tokens.verify(text)));
    expect(viewers.map(({ profileId }) => profileId)).toEqual(['p1', 'p1', 'p1', 'p1']);
    expect(provider.requests).toBe(1);
  });

  it('is fetched anew for a key that is not in it, and not more often than the cool-down allows', async () => {
    const provider = await issuer(await keySetOf(first));
    const { code, clock } = tokensFrom(provider.url);
    expect(await code(await token(first))).toBe('accepted');
    provider.answer = json(await keySetOf(first, second));
    expect(await code(await token(second))).toBe(REFUSED);
    expect(provider.requests).toBe(1);
    clock.advance(COOLDOWN_MS);
    expect(await code(await token(second))).toBe('accepted');
    expect(provider.requests).toBe(2);
    for (let i = 0; i < 20; i++) {
      expect(await code(await token(first, {}, { kid: `made up ${i}` }))).toBe(REFUSED);
    }
    expect(provider.requests).toBe(2);
  });

  it('forgets a key that was withdrawn, once the set is old', async () => {
    const provider = await issuer(await keySetOf(first, second));
    const { code, clock } = tokensFrom(provider.url);
    expect(await code(await token(first))).toBe('accepted');
    provider.answer = json(await keySetOf(second));
    clock.advance(MAX_AGE_MS);
    expect(await code(await token(first))).toBe(REFUSED);
    expect(await code(await token(second))).toBe('accepted');
  });

  const faults: Record<string, RequestListener> = {
    'answers 500': (_request, response) => response.writeHead(500).end('no'),
    'answers with no JSON': (_request, response) => response.end('<html>'),
    'answers with no keys': json({ keys: [] }),
    'answers with a secret instead of keys': json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'first' }] }),
    'sends the gateway somewhere else': (_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'never ends its answer': (_request, response) => void response.write('{"keys":['),
    'never answers': () => undefined,
    'answers without end': (_request, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
    'hangs up': (request) => request.socket.destroy(),
  };
  it.each(Object.keys(faults))('is kept when the issuer %s', async (fault) => {
    const provider = await issuer(await keySetOf(first));
    const { code, clock } = tokensFrom(provider.url);
    expect(await code(await token(first))).toBe('accepted');
    provider.answer = faults[fault]!;
    clock.advance(MAX_AGE_MS);
    expect(await code(await token(first))).toBe('accepted');
    expect(provider.requests).toBe(2);
    // The issuer is left in peace until the cool-down is over.
    expect(await code(await token(first))).toBe('accepted');
    expect(provider.requests).toBe(2);
  });

  it('of an issuer that is away for long holds nobody up a second time', async () => {
    const provider = await issuer(await keySetOf(first));
    const keySet = {
      ...{ source: provider.url, algorithms: ['RS256'], cooldownMs: COOLDOWN_MS, maxAgeMs: MAX_AGE_MS },
      // Longer than this test may take.
      timeoutMs: 60_000,
    };
    const { code, clock } = tokensFrom(provider.url, { keySet });
    expect(await code(await token(first))).toBe('accepted');
    provider.answer = faults['answers 500']!;
    clock.advance(MAX_AGE_MS);
    expect(await code(await token(first))).toBe('accepted');
    const asked = Promise.withResolvers<() => void>();
    const keys = json(await keySetOf(second));
    provider.answer = (request, response) => asked.resolve(() => keys(request, response));
    clock.advance(COOLDOWN_MS);
    expect(await code(await token(first))).toBe('accepted');
    const answer = await asked.promise;
    expect(await code(await token(first))).toBe('accepted');
    answer();
    await waitUntil(async () => (await code(await token(first))) === REFUSED);
    expect(await code(await token(second))).toBe('accepted');
    expect(provider.requests).toBe(3);
  });

  it('that could never be had makes tokens unverifiable, not wrong, until there is one', async () => {
    const provider = await issuer(await keySetOf(first));
    const good = provider.answer;
    provider.answer = faults['answers 500']!;
    const { code, clock } = tokensFrom(provider.url);
    expect(await code(await token(first))).toMatch(UNAVAILABLE);
    expect(await code(await token(first))).toMatch(UNAVAILABLE);
    expect(provider.requests).toBe(1);
    provider.answer = good;
    clock.advance(COOLDOWN_MS);
    expect(await code(await token(first))).toBe('accepted');
  });

  it('comes from a file too, and is read anew after a change of keys', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('jwks.json');
    writeFileSync(file, JSON.stringify(await keySetOf(first)));
    const { code, clock } = tokensFrom(file);
    expect(await code(await token(first))).toBe('accepted');
    writeFileSync(file, JSON.stringify(await keySetOf(second)));
    clock.advance(COOLDOWN_MS);
    expect(await code(await token(second))).toBe('accepted');
    expect(await code(await token(first))).toBe(REFUSED);
  });

  it('holds nothing weak, private or meant for encryption', async () => {
    const weak = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') };
    expect(() => usableKeys({ keys: [weak, { kty: 'oct', k: 'x' }, null, 'key'] })).toThrow(/no key/);
    const jwk = await exportJWK(first.privateKey);
    const { keys } = usableKeys({ keys: [weak, { ...jwk, use: 'enc' }, { ...jwk, kid: 'first' }] });
    expect(keys).toEqual([{ kty: 'RSA', n: jwk.n, e: jwk.e, kid: 'first' }]);
    expect(() => usableKeys({ keys: Array.from({ length: 101 }, () => jwk) })).toThrow(/more than/);
  });

  it.each([
    ['https://id.example/jwks', true],
    ['http://127.0.0.1:3000/jwks', true],
    ['/etc/marquee/jwks.json', true],
    ['http://id.example/jwks', false],
    ['https://user:pass@id.example/jwks', false],
    ['ftp://id.example/jwks', false],
  ])('may come from %s: %s', (source, allowed) => {
    expect(isTrustworthySource(source)).toBe(allowed);
  });
});

describe('tokens of an issuer', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (header: Record<string, unknown>, claims: Record<string, unknown> = {}) =>
    `${encode(header)}.${encode({ ...PROPER, ...claims })}`;
  const attacks: Record<string, () => string | Promise<string>> = {
    'alg none': () => `${unsigned({ alg: 'none', kid: 'first' })}.`,
    'alg None': () => `${unsigned({ alg: 'None', kid: 'first' })}.`,
    'alg nOnE': () => `${unsigned({ alg: 'nOnE', kid: 'first' })}.`,
    'alg NONE': () => `${unsigned({ alg: 'NONE', kid: 'first' })}.`,
    'no alg': () => `${unsigned({ kid: 'first' })}.AAAA`,
    'a null signature': () => `${unsigned({ alg: 'RS256', kid: 'first' })}.`,
    'a signature of zeros': () =>
      `${unsigned({ alg: 'RS256', kid: 'first' })}.${Buffer.alloc(256).toString('base64url')}`,
    // CVE-2022-21449: r = s = 0 verifies anything in a broken implementation.
    'an ECDSA signature of zeros': () =>
      `${unsigned({ alg: 'ES256', kid: 'elliptic' })}.${Buffer.alloc(64).toString('base64url')}`,
    'HS256 with the public key as secret': async () => {
      const text = unsigned({ alg: 'HS256', kid: 'first' });
      const mac = createHmac('sha256', await exportSPKI(first.publicKey)).update(text);
      return `${text}.${mac.digest('base64url')}`;
    },
    'HS256 with a blank secret': () => {
      const text = unsigned({ alg: 'HS256' });
      return `${text}.${createHmac('sha256', '').update(text).digest('base64url')}`;
    },
    'an algorithm that is not on the list': async () => token({ ...(await signer('first', 'PS256')) }),
    'a key of its own': async () =>
      token(stranger, {}, { jwk: (await exportJWK(stranger.publicKey)) as never }),
    'a key set of its own': () => token(stranger, {}, { jku: 'http://127.0.0.1:9/jwks' }),
    'a certificate of its own': () => token(stranger, {}, { x5u: 'http://127.0.0.1:9/cert' }),
    'a right signature and a key of its own': () => token(first, {}, { jku: 'http://127.0.0.1:9/jwks' }),
    'another key under a known id': () => token(stranger),
    'a key id that is a path': () => token(stranger, {}, { kid: '../../../../dev/null' }),
    'a key id that is a query': () => token(stranger, {}, { kid: "first' UNION SELECT 'key" }),
    'an unknown critical header': () =>
      new SignJWT({ ...PROPER })
        .setProtectedHeader({ alg: 'RS256', kid: 'first', crit: ['trust-me'], 'trust-me': true })
        .sign(first.privateKey, { crit: { 'trust-me': true } }),
    'an expired token': () => token(first, { exp: seconds - 6 }),
    'no expiry': () => token(first, { exp: undefined }),
    'not valid yet': () => token(first, { nbf: seconds + 6 }),
    'the wrong audience': () => token(first, { aud: 'billing' }),
    'no audience': () => token(first, { aud: undefined }),
    'the wrong issuer': () => token(first, { iss: 'https://evil.example' }),
    'a required claim that is missing': () => token(first, { tenant: undefined }),
    'scopes that are a number': () => token(first, { scope: 7 }),
    'more scopes than can be carried': () => token(first, { scope: Array(101).fill('a').join(' ') }),
    'a token larger than allowed': () => token(first, { padding: 'x'.repeat(5_000) }),
    'changed claims': async () => {
      const [header, , signature] = (await token(first)).split('.');
      return `${header}.${encode({ ...PROPER, sub: 'p2' })}.${signature}`;
    },
    'no token at all': () => 'abc',
  };
  const strict = {
    issuer: 'https://id.example',
    audience: 'marquee',
    requiredClaims: ['tenant'],
    clockToleranceSeconds: 5,
  };

  it('are accepted when everything is right, within the clock tolerance', async () => {
    const provider = await issuer(await keySetOf(first, elliptic));
    const { code } = tokensFrom(provider.url, strict);
    expect(await code(await token(first))).toBe('accepted');
    expect(await code(await token(elliptic, { exp: seconds - 4, nbf: seconds - 100 }))).toBe('accepted');
    expect(await code(await token(first, { nbf: seconds + 4 }))).toBe('accepted');
  });

  it.each(Object.keys(attacks))('are refused with one answer: %s', async (name) => {
    const provider = await issuer(await keySetOf(first, elliptic));
    // With a secret beside the key set, neither may be used in place of the other.
    const { code, lines } = tokensFrom(provider.url, { ...strict, secret: SECRET });
    const text = await attacks[name]!();
    expect(await code(text)).toBe(REFUSED);
    const log = lines.join('');
    expect(log).toMatch(/"reason":"[^"]+"/);
    for (const part of text.split('.')) if (part.length > 8) expect(log).not.toContain(part);
    expect(log).not.toMatch(/p1/);
    expect(provider.requests).toBeLessThanOrEqual(1);
  });

  it('are mapped to profile, scopes and roles by the configured claims', async () => {
    const provider = await issuer(await keySetOf(first));
    const { tokens } = tokensFrom(provider.url, {
      claims: { profileId: 'https://marquee.example/profile', scopes: 'scp', roles: 'realm_access.roles' },
    });
    const viewer = await tokens.verify(
      await token(first, {
        'https://marquee.example/profile': 'ada',
        scp: ['experiment:read', 'profile:export'],
        realm_access: { roles: ['analyst'] },
      }),
    );
    expect(viewer).toMatchObject({
      profileId: 'ada',
      scopes: ['experiment:read', 'profile:export'],
      roles: ['analyst'],
    });
    await expect(tokens.verify(await token(first))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('need a key set or a secret in production', () => {
    const config = parseGatewayConfig({ MARQUEE_AUTH_JWKS: 'https://id.example/jwks', PORT: '0' });
    expect(config.auth.keySet).toMatchObject({ algorithms: ['RS256', 'ES256'], cooldownMs: 30_000 });
    const wrong = { MARQUEE_AUTH_JWKS: 'http://id.example/jwks', MARQUEE_AUTH_ALGORITHMS: 'RS256,HS256' };
    expect(() => parseGatewayConfig(wrong)).toThrow(/MARQUEE_AUTH_JWKS[\s\S]*MARQUEE_AUTH_ALGORITHMS/);
    expect(() => parseGatewayConfig({ ...wrong, MARQUEE_AUTH_ALGORITHMS: 'none' })).toThrow(/ALGORITHMS/);
  });
});
