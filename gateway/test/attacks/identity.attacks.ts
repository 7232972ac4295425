/** Tokens, keys and headers that claim to be somebody. */
import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Attack, post, type Reply } from './attack.ts';
import type { AttackedGateway } from './attacked-gateway.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({
  sub: 'victim',
  iss: 'https://id.example',
  aud: 'marquee',
  exp: Math.floor(Date.now() / 1000) + 600,
});
const unsigned = (header: Record<string, unknown>) => `${encode(header)}.${encode(claims())}`;
function hmac(header: Record<string, unknown>, secret: string): string {
  const text = unsigned(header);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
async function ownKey(header: (jwk: unknown) => Record<string, unknown>): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const protectedHeader = { alg: 'RS256', ...header(await exportJWK(publicKey)) };
  return new SignJWT(claims()).setProtectedHeader(protectedHeader as never).sign(privateKey);
}

const tokens: Record<string, (gateway: AttackedGateway) => string | Promise<string>> = {
  'alg none': () => `${unsigned({ alg: 'none' })}.`,
  'alg None': () => `${unsigned({ alg: 'None' })}.`,
  'alg nOnE': () => `${unsigned({ alg: 'nOnE' })}.`,
  'a null signature': () => `${unsigned({ alg: 'RS256', kid: 'first' })}.`,
  'RS256 taken for HS256': ({ publicKeyText }) => hmac({ alg: 'HS256', kid: 'first' }, publicKeyText),
  'a blank secret': () => hmac({ alg: 'HS256' }, ''),
  'a weak secret': () => hmac({ alg: 'HS256' }, 'secret'),
  'a key in the token': () => ownKey((jwk) => ({ jwk, kid: 'first' })),
  'a key set of its own': () => ownKey(() => ({ jku: 'http://127.0.0.1:9/jwks', kid: 'first' })),
  'a certificate of its own': () => ownKey(() => ({ x5u: 'http://127.0.0.1:9/cert', kid: 'first' })),
  'a key id that is a path': () => hmac({ alg: 'HS256', kid: '../../../../dev/null' }, ''),
  'an expired token': ({ token }) => token({ exp: Math.floor(Date.now() / 1000) - 10 }),
  'a token that is not valid yet': ({ token }) => token({ nbf: Math.floor(Date.now() / 1000) + 600 }),
  'a token for somebody else': ({ token }) => token({ aud: 'billing' }),
  'a token of somebody else': ({ token }) => token({ iss: 'https://evil.example' }),
  'a signature of zeros': () =>
    `${unsigned({ alg: 'ES256', kid: 'first' })}.${Buffer.alloc(64).toString('base64url')}`,
  'a signature of another token': async ({ token }) =>
    `${unsigned({ alg: 'RS256', kid: 'first' })}.${(await token()).split('.')[2]}`,
  'claims changed after signing': async ({ token }) => {
    const [header, , signature] = (await token()).split('.');
    return `${header}.${encode({ ...claims(), scope: 'experiment:read' })}.${signature}`;
  },
  'an algorithm that is a list': () => `${unsigned({ alg: ['RS256', 'none'], kid: 'first' })}.`,
  'a key id that is a prototype': () => hmac({ alg: 'HS256', kid: '__proto__' }, ''),
  'an encrypted token': () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
  'a token without an end': ({ token }) => token({ exp: undefined }),
  'a token of 200 KB': ({ token }) => token({ padding: 'x'.repeat(10_000) }),
};

const ME = { query: '{ me }' };

export const identityAttacks: readonly Attack[] = [
  ...Object.entries(tokens).map(
    ([name, make]): Attack => ({
      group: 'tokens',
      name,
      expected: 'UNAUTHENTICATED',
      status: [401],
      fire: async (gateway) => post(gateway, ME, { authorization: `Bearer ${await make(gateway)}` }),
    }),
  ),
  {
    group: 'identity',
    name: 'the header of development',
    expected: 'UNAUTHENTICATED',
    status: [401],
    fire: (gateway) => post(gateway, ME, { 'x-profile-id': 'victim' }),
  },
  {
    group: 'identity',
    name: "the gateway's own header to subgraphs, forged",
    // It means nothing here: the request is anonymous.
    expected: ({ text }: Reply) => JSON.stringify(JSON.parse(text)) === '{"data":{"me":null}}',
    status: [200],
    fire: (gateway) =>
      post(gateway, ME, { 'x-marquee-gateway': 'v1.e30.AAAA', 'x-forwarded-user': 'victim' }),
  },
  {
    group: 'identity',
    name: 'a field without its scope',
    expected: 'UNAUTHORIZED_FIELD_OR_TYPE',
    status: [200],
    fire: async (gateway) =>
      post(
        gateway,
        { query: '{ x: experiments ...F } fragment F on Query { experiments }' },
        {
          authorization: `Bearer ${await gateway.token({ scope: 'profile:read' })}`,
        },
      ),
  },
  {
    group: 'identity',
    name: 'entities, asked for as a gateway does',
    expected: 'GRAPHQL_VALIDATION_FAILED',
    status: [200, 400],
    fire: (gateway) =>
      post(gateway, {
        query: 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Title { name } } }',
        variables: { r: [{ __typename: 'Title', id: 't1' }] },
      }),
  },
  {
    group: 'API keys',
    name: 'a key of another environment',
    expected: 'API_KEY_WRONG_ENVIRONMENT',
    status: [401, 403],
    fire: (gateway) => post(gateway, ME, { 'x-api-key': gateway.keys.otherEnvironment }),
  },
  {
    group: 'API keys',
    name: 'a key with one character changed',
    expected: 'API_KEY_INVALID',
    status: [401],
    fire: (gateway) => post(gateway, ME, { 'x-api-key': `${gateway.keys.right.slice(0, -1)}!` }),
  },
];
