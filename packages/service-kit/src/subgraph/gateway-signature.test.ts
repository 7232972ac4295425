import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineAfter } from '../deadline.ts';
import { signGatewayRequest, verifyGatewayRequest } from './gateway-signature.ts';
import type { RequestContext } from './index.ts';

const NOW = 1_760_000_000_000;
const SECRET = 's'.repeat(32);
const common = { subgraph: 'content', now: NOW };
const options = { ...common, secret: SECRET };
const accepting = { ...common, secrets: [SECRET] };
const BODY = '{"query":"{ genres { id } }"}';

const context = (viewer?: RequestContext['viewer']): RequestContext => ({
  requestId: 'r-1',
  deadline: deadlineAfter(2_000),
  ...(viewer === undefined ? {} : { viewer }),
});

describe('gateway signatures', () => {
  it('carry the context whole', () => {
    const viewer = { profileId: 'ada', scopes: ['experiment:read'] };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const header = signGatewayRequest({ ...context(viewer), traceparent }, BODY, options);
    const verified = verifyGatewayRequest(header, BODY, accepting);
    expect(verified).toMatchObject({ requestId: 'r-1', viewer, traceparent });
    expect(verified.deadline.remainingMs()).toBeGreaterThan(1_000);
    expect(verified.deadline.remainingMs()).toBeLessThanOrEqual(2_000);
    expect(
      verifyGatewayRequest(signGatewayRequest(context(), BODY, options), BODY, accepting).viewer,
    ).toBeUndefined();
  });

  it.each<[string, (header: string) => [string | undefined, string, typeof accepting]]>([
    ['none', () => [undefined, BODY, accepting]],
    ['another body', (header) => [header, `${BODY} `, accepting]],
    ['another subgraph', (header) => [header, BODY, { ...accepting, subgraph: 'user-profile' }]],
    ['another secret', (header) => [header, BODY, { ...accepting, secrets: ['t'.repeat(32)] }]],
    ['an old one', (header) => [header, BODY, { ...accepting, now: NOW + 31_000 }]],
    ['one from the future', (header) => [header, BODY, { ...accepting, now: NOW - 31_000 }]],
    ['no signature', (header) => [header.split('.').slice(0, 2).join('.'), BODY, accepting]],
    ['an empty signature', (header) => [`${header.split('.').slice(0, 2).join('.')}.`, BODY, accepting]],
    ['an over-long one', (header) => [header.padEnd(9_000, 'A'), BODY, accepting]],
    ['another version', (header) => [header.replace('v1', 'v2'), BODY, accepting]],
  ])('refuse %s', (_, change) => {
    const [header, body, with_] = change(signGatewayRequest(context(), BODY, options));
    expect(() => verifyGatewayRequest(header, body, with_)).toThrowError(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });

  it('are good under the next secret and under the last one while they are being replaced', () => {
    const header = signGatewayRequest(context(), BODY, options);
    const both = { ...common, secrets: ['n'.repeat(32), SECRET] };
    expect(verifyGatewayRequest(header, BODY, both).requestId).toBe('r-1');
  });

  it('do not survive a change of any character', () => {
    const header = signGatewayRequest(context({ profileId: 'ada', scopes: [] }), BODY, options);
    fc.assert(
      fc.property(fc.nat(header.length - 2), fc.constantFrom('A', 'B', '0', '_'), (at, character) => {
        fc.pre(header[at] !== character);
        const changed = header.slice(0, at) + character + header.slice(at + 1);
        expect(() => verifyGatewayRequest(changed, BODY, accepting)).toThrow();
      }),
    );
  });
});
