/** Requests that go past the gateway, straight to a subgraph. */
import { createHmac } from 'node:crypto';
import { deadlineAfter } from '@marquee/service-kit';
import { GATEWAY_HEADER, signGatewayRequest } from '@marquee/service-kit/subgraph';
import type { Attack } from './attack.ts';
import { type AttackedGateway, SECRET } from './attacked-gateway.ts';

const BODY = JSON.stringify({
  query: 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Title { name } } }',
  variables: { r: [{ __typename: 'Title', id: 't1' }] },
});
const MUTATION = JSON.stringify({ query: 'mutation { hide(titleId: "t1") }' });

/** Says to be somebody, as a gateway would. */
function signed(given: { subgraph?: string; secret?: string; now?: number; body?: string } = {}): string {
  const { subgraph = 'titles', secret = SECRET, now = Date.now(), body = BODY } = given;
  const viewer = { profileId: 'victim', scopes: [] };
  return signGatewayRequest({ requestId: 'r', deadline: deadlineAfter(1_000), viewer }, body, {
    subgraph,
    secret,
    now,
  });
}

function unsigned(): string {
  const [version, payload] = signed().split('.');
  return `${version}.${payload}.`;
}

function resigned(key: string): string {
  const [version, payload] = signed().split('.');
  const text = `${version}.${payload}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

type Headers = Record<string, string>;
const attempts: Record<string, (gateway: AttackedGateway) => Headers | Promise<Headers>> = {
  'with nothing': () => ({}),
  "with a viewer's token": async ({ token }) => ({ authorization: `Bearer ${await token()}` }),
  'with a profile id': () => ({ 'x-profile-id': 'victim' }),
  "with a partner's key": ({ keys }) => ({ 'x-api-key': keys.right }),
  'with a signature left out': () => ({ [GATEWAY_HEADER]: unsigned() }),
  'signed with nothing': () => ({ [GATEWAY_HEADER]: resigned('') }),
  'signed with another secret': () => ({ [GATEWAY_HEADER]: signed({ secret: 'x'.repeat(32) }) }),
  'signed for another subgraph': () => ({ [GATEWAY_HEADER]: signed({ subgraph: 'weather' }) }),
  'signed for another body': () => ({ [GATEWAY_HEADER]: signed({ body: MUTATION }) }),
  'signed a minute ago': () => ({ [GATEWAY_HEADER]: signed({ now: Date.now() - 60_000 }) }),
  'signed a minute ahead': () => ({ [GATEWAY_HEADER]: signed({ now: Date.now() + 60_000 }) }),
  'with a signature of 10 KB': () => ({ [GATEWAY_HEADER]: `v1.${'A'.repeat(10_000)}.AAAA` }),
};

async function ask(gateway: AttackedGateway, body: string, headers: Headers) {
  const response = await fetch(`${gateway.subgraphUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

export const directAttacks: readonly Attack[] = [
  ...Object.entries(attempts).map(
    ([name, headers]): Attack => ({
      group: 'subgraph asked directly',
      name: `entities ${name}`,
      expected: 'UNAUTHENTICATED',
      status: [401],
      fire: async (gateway) => ask(gateway, BODY, await headers(gateway)),
    }),
  ),
  {
    group: 'subgraph asked directly',
    name: 'a mutation under the signature of a query',
    expected: 'UNAUTHENTICATED',
    status: [401],
    fire: (gateway) => ask(gateway, MUTATION, { [GATEWAY_HEADER]: signed() }),
  },
  {
    group: 'subgraph asked directly',
    name: 'a body of 10 MB without a signature',
    expected: ({ text }) => !text.includes('Title'),
    status: [401, 413],
    withinMs: 5_000,
    fire: (gateway) => ask(gateway, `${BODY}${' '.repeat(10 * 1_048_576)}`, {}),
  },
];
