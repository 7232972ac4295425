/** Limits over several gateways: never more than the limit with one counter, and a part for each without it. */
import { manualClock } from '@marquee/domain';
import { MarqueeError, silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryCounter } from './memory/memory-counter.ts';
import type { QuotaCounter } from './quota-counter.ts';
import { QuotaKeeper } from './quota-keeper.ts';

const NOW = 1_772_000_000_000;
const NEVER = new Promise<never>(() => undefined);

/** Any number of gateways over one counter, of which each call can be made to go wrong. */
function gateways(count: number) {
  const clock = manualClock(NOW);
  const shared = memoryCounter(() => clock.now());
  let fault: 'none' | 'refused' | 'lost' | 'silent' = 'none';
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (fault === 'silent') return NEVER;
    if (fault === 'refused') throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'away');
    const result = await call();
    // The nastiest of all: it was counted, and nobody hears of it.
    if (fault === 'lost') throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'away');
    return result;
  };
  const counter: QuotaCounter = {
    ...shared,
    take: (taking) => through(() => shared.take(taking)),
    attend: (gateway, ttlMs) => through(() => shared.attend(gateway, ttlMs)),
    leave: (gateway) => through(() => shared.leave(gateway)),
  };
  const metrics = createMetrics('gateway');
  const keepers = Array.from(
    { length: count },
    (_, i) =>
      new QuotaKeeper({
        counter,
        gateway: `g${i}`,
        withinMs: 20,
        assumedGateways: 10,
        now: () => clock.now(),
        logger: silentLogger,
        metrics,
      }),
  );
  onTestFinished(async () => {
    fault = 'none';
    for (const keeper of keepers) await keeper.stop();
  });
  return {
    clock,
    keepers,
    metrics,
    shared,
    async start() {
      for (const keeper of keepers) await keeper.start();
      // The first ones began before the others were there, and each assumes ten until it has heard twice.
      for (const keeper of keepers) await keeper.attend();
    },
    become(next: typeof fault) {
      fault = next;
    },
  };
}

const windowOf = (now: number, windowSeconds: number) => Math.floor(now / (windowSeconds * 1_000));

interface Step {
  readonly at: number;
  readonly amount: number;
  readonly waitMs: number;
}
const steps = fc.array(
  fc.record({
    at: fc.nat(3),
    amount: fc.integer({ min: 1, max: 4 }),
    waitMs: fc.constantFrom(0, 0, 0, 100, 1_500, 10_000),
  }),
  { maxLength: 80 },
);

describe('gateways that share a counter', () => {
  it('admit no more than the limit in any window, and say on every answer what is left for all', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 30 }), async (sequence: readonly Step[], limit) => {
        const { clock, keepers, start } = gateways(4);
        await start();
        const quota = { limit, windowSeconds: 10 };
        const admitted = new Map<number, number>();
        for (const { at, amount, waitMs } of sequence) {
          const window = windowOf(clock.now(), 10);
          const used = admitted.get(window) ?? 0;
          const state = await keepers[at]!.take('acme', 'requests', quota, amount);
          expect(state.exceeded).toBe(used + amount > limit);
          const now = state.exceeded ? used : used + amount;
          admitted.set(window, now);
          expect(state.remaining).toBe(limit - now);
          expect(state.resetSeconds).toBe(Math.ceil(((window + 1) * 10_000 - clock.now()) / 1_000));
          clock.advance(waitMs);
        }
        for (const sum of admitted.values()) expect(sum).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 100 },
    );
  });

  it('admit no more than the limit when all of them ask at once', async () => {
    const { keepers, start } = gateways(4);
    await start();
    const quota = { limit: 37, windowSeconds: 60 };
    const states = await Promise.all(
      Array.from({ length: 200 }, (_, i) => keepers[i % 4]!.take('acme', 'requests', quota, 1)),
    );
    expect(states.filter(({ exceeded }) => !exceeded)).toHaveLength(37);
  });

  it('shut nobody out for as long as a clock was ahead that is set right', async () => {
    const { clock, keepers, start } = gateways(1);
    await start();
    clock.advance(86_400_000);
    const quota = { limit: 1, windowSeconds: 60 };
    const take = () => keepers[0]!.take('acme', 'requests', quota, 1);
    await take();
    expect(await take()).toMatchObject({ exceeded: true });
    clock.advance(-86_400_000);
    expect(await take()).toMatchObject({ exceeded: false, resetSeconds: 40 });
    expect(await take()).toMatchObject({ exceeded: true, resetSeconds: 40 });
  });

  it('do not ask any more about a window that is used up', async () => {
    const { keepers, start, become } = gateways(1);
    await start();
    const quota = { limit: 2, windowSeconds: 60 };
    for (let i = 0; i < 3; i++) await keepers[0]!.take('acme', 'requests', quota, 1);
    become('silent');
    const startedAt = performance.now();
    for (let i = 0; i < 50; i++) {
      expect((await keepers[0]!.take('acme', 'requests', quota, 1)).exceeded).toBe(true);
    }
    // 50 that had waited for the counter would have taken a second.
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('gateways whose counter is away', () => {
  it('hand out together no more than the limit, each its part of it', async () => {
    const outages = fc.constantFrom('refused' as const, 'lost' as const);
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 4, max: 40 }), outages, async (sequence, limit, outage) => {
        const { clock, keepers, start, become } = gateways(4);
        await start();
        become(outage);
        // Nothing of this window was shared: all of it falls into the outage.
        clock.advance(10_000);
        const quota = { limit, windowSeconds: 10 };
        const admitted = new Map<string, number>();
        for (const { at, amount, waitMs } of sequence) {
          const window = windowOf(clock.now(), 10);
          const state = await keepers[at]!.take('acme', 'requests', quota, amount);
          const own = `${window}:${at}`;
          if (!state.exceeded) admitted.set(own, (admitted.get(own) ?? 0) + amount);
          const used = admitted.get(own) ?? 0;
          expect(used).toBeLessThanOrEqual(Math.floor(limit / 4));
          if (state.exceeded) expect(used + amount).toBeGreaterThan(Math.floor(limit / 4));
          clock.advance(waitMs);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('go on from what was left when they last heard of each other', async () => {
    const { keepers, start, become } = gateways(2);
    await start();
    const quota = { limit: 100, windowSeconds: 60 };
    const take = (at: number, amount: number) => keepers[at]!.take('acme', 'cost', quota, amount);
    await take(0, 50);
    await take(1, 10);
    become('refused');
    // 60 were used, so 20 of the 40 that were left.
    expect(await take(1, 21)).toMatchObject({ exceeded: true, remaining: 20 });
    expect(await take(1, 15)).toMatchObject({ exceeded: false, remaining: 5 });
    expect(await take(1, 6)).toMatchObject({ exceeded: true, remaining: 5 });
  });

  it('tell the counter when it is back what they have handed out, once', async () => {
    const { keepers, start, become, shared, metrics } = gateways(2);
    await start();
    const quota = { limit: 100, windowSeconds: 60 };
    become('refused');
    for (let i = 0; i < 60; i++) await keepers[0]!.take('acme', 'requests', quota, 1);
    expect(keepers[0]!.readiness()).toMatchObject({ ready: true, detail: expect.stringMatching(/its part/) });
    become('none');
    await waitUntil(() => keepers[0]!.readiness().detail === undefined);
    expect(await keepers[0]!.take('acme', 'requests', quota, 1)).toMatchObject({ remaining: 49 });
    expect(await keepers[0]!.take('acme', 'requests', quota, 1)).toMatchObject({ remaining: 48 });
    expect(await shared.take({ subject: 'acme:requests', quota, amount: 0 })).toMatchObject({ used: 52 });
    const { body } = await metrics.exposition();
    expect(body).toMatch(/marquee_quota_total\{.*quota="requests",outcome="admitted",by="local".*\} 50/);
    expect(body).toMatch(/marquee_quota_total\{.*quota="requests",outcome="refused",by="local".*\} 10/);
    expect(body).toMatch(/marquee_quota_gateways\{.*\} 2/);
  });

  it('slow a partner with a tiny limit down and do not shut it out', async () => {
    const { keepers, start, become } = gateways(4);
    await start();
    become('refused');
    const quota = { limit: 3, windowSeconds: 60 };
    const states = [];
    for (const keeper of keepers) {
      states.push(await keeper.take('acme', 'requests', quota, 1));
      states.push(await keeper.take('acme', 'requests', quota, 1));
    }
    expect(states.map(({ exceeded }) => exceeded)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('hand out a part for as many as there may be when they have never heard of each other', async () => {
    const { keepers, start, become } = gateways(1);
    become('refused');
    await start();
    const state = await keepers[0]!.take('acme', 'requests', { limit: 100, windowSeconds: 60 }, 1);
    expect(state).toMatchObject({ exceeded: false, remaining: 9 });
  });

  it('assume as many when they have only just begun, because others may begin with them', async () => {
    const { keepers, start, become } = gateways(1);
    await keepers[0]!.start();
    become('refused');
    const quota = { limit: 100, windowSeconds: 60 };
    expect(await keepers[0]!.take('acme', 'requests', quota, 1)).toMatchObject({ remaining: 9 });
    become('none');
    await start();
    become('refused');
    expect(await keepers[0]!.take('globex', 'requests', quota, 1)).toMatchObject({ remaining: 99 });
  });

  it('keep requests waiting a few times at most, and then not at all', async () => {
    const { keepers, start, become } = gateways(1);
    await start();
    become('silent');
    const quota = { limit: 100_000, windowSeconds: 60 };
    const startedAt = performance.now();
    for (let i = 0; i < 500; i++) await keepers[0]!.take('acme', 'requests', quota, 1);
    // Three waits of 20 ms; 500 would be ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('do not take an answer for late that came while the process was busy', async () => {
    const { keepers, start, metrics } = gateways(1);
    await start();
    const taken = keepers[0]!.take('acme', 'requests', { limit: 10, windowSeconds: 60 }, 1);
    const until = performance.now() + 60;
    while (performance.now() < until) Math.sqrt(until);
    expect((await taken).exceeded).toBe(false);
    expect((await metrics.exposition()).body).toMatch(/marquee_quota_total\{.*by="shared".*\} 1/);
  });
});
