import { deadlineAfter } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import type { GatewayContext } from '../request-context.ts';
import type { Caller } from './callers.ts';
import { withKeyScopes } from './key-scopes.ts';

const request = { requestId: 'r1', deadline: deadlineAfter(1_000) };
const key = { id: 'k_1', hash: '0'.repeat(64), environment: 'test', issuedAt: 0 };
const caller: Caller = {
  name: 'acme',
  version: '1',
  policy: 'ids',
  proven: true,
  holder: {
    partner: {
      name: 'acme',
      policy: 'ids',
      scopes: ['catalogue:read', 'experiment:read'],
      rateLimit: { limit: 1, windowSeconds: 1 },
      keys: [key],
    },
    key,
  },
};
const viewer = { profileId: 'p1', scopes: ['experiment:read', 'experiment:write'] };

describe('scopes of a key', () => {
  it('are the partner’s own where nobody is signed in, and no subgraph takes it for a profile', () => {
    const context = withKeyScopes({ request }, caller);
    expect(context.viewer).toEqual({
      profileId: 'partner:acme',
      scopes: ['catalogue:read', 'experiment:read'],
    });
    expect(context.request.viewer).toBeUndefined();
  });

  it('and those of a viewer: what both may, at the edge and in subgraphs', () => {
    const context = withKeyScopes({ request: { ...request, viewer }, viewer }, caller);
    expect(context.viewer?.scopes).toEqual(['experiment:read']);
    expect(context.request.viewer).toEqual({ profileId: 'p1', scopes: ['experiment:read'] });
  });

  it('change nothing without a key', () => {
    const context: GatewayContext = { request: { ...request, viewer }, viewer };
    const { holder: _, ...keyless } = caller;
    expect(withKeyScopes(context, keyless)).toBe(context);
  });
});
