/** What clients are told of how long an answer may be kept that is kept here already. */
import { manualClock } from '@marquee/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { NOW } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { adviceOf, answerIn, freshnessIn, withFreshness } from './kept-answer.ts';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { cachingGateway, shelfGraph } from './test/shelf-graph.ts';

const running: Gateway[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
});

async function shop(localAgeSeconds = 0) {
  const shelf = shelfGraph();
  const clock = manualClock(NOW);
  const store = new MemoryResponseStore({ maxBytes: 1_000_000 });
  const gateway = cachingGateway(shelf, store, { clock, cache: { localAgeSeconds } });
  await gateway.start();
  running.push(gateway);
  /** What a shared cache before the gateway is told. */
  async function policyOf(query: string, profile?: string): Promise<string | null> {
    const response = await fetch(`${gateway.url()}/graphql?${new URLSearchParams({ query })}`, {
      headers: { 'apollo-require-preflight': '1', ...(profile && { 'x-profile-id': profile }) },
    });
    await response.arrayBuffer();
    return response.headers.get('cache-control');
  }
  return { shelf, clock, policyOf };
}

describe('an answer that was kept here', () => {
  it('may be kept for the rest of its life, and not once it is over', async () => {
    const { shelf, clock, policyOf } = await shop();
    const query = '{ titles { id name } }';
    expect(await policyOf(query)).toBe('public, max-age=60');
    clock.advance(20_400);
    expect(await policyOf(query)).toBe('public, max-age=39');
    clock.advance(39_000);
    expect(await policyOf(query)).toBe('private, no-store');
    expect(shelf.asked.catalogue).toBe(1);
  });

  it.each([
    ['in the shared store', 0],
    ['in the memory of the process', 60],
  ])('does so entity by entity: %s', async (_where, localAgeSeconds) => {
    const { clock, policyOf, shelf } = await shop(localAgeSeconds);
    // The names of titles are asked for by their ids; the list of them is a viewer's own.
    expect(await policyOf('{ shelf { name } }', 'p1')).toBe('private, no-cache');
    const before = shelf.represented.catalogue;
    clock.advance(290_000);
    expect(await policyOf('{ shelf { name } }', 'p2')).toBe('private, no-cache');
    clock.advance(9_500);
    expect(await policyOf('{ shelf { name } }', 'p3')).toBe('private, no-store');
    expect(shelf.represented.catalogue).toBe(before);
  });
});

describe('the form in which answers are kept', () => {
  it('gives back the answer and until when it is fresh, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(2 ** 42), fc.boolean(), (json, freshUntil, isPrivate) => {
        const text = withFreshness({ freshUntil, isPrivate }, json);
        expect([answerIn(text), freshnessIn(text)]).toEqual([json, { freshUntil, isPrivate }]);
      }),
    );
  });

  it('never says more than a new answer would, whatever the clocks of gateways say', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(1e6), (aheadMs, freshMs) => {
        const { maxAgeSeconds } = adviceOf({ freshUntil: NOW + aheadMs, isPrivate: true }, NOW, freshMs);
        expect(maxAgeSeconds).toBeGreaterThanOrEqual(0);
        expect(maxAgeSeconds).toBeLessThanOrEqual(freshMs / 1_000);
      }),
    );
  });
});
