/** What every counter of quotas promises. Run on each adapter. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QuotaCounter } from './quota-counter.ts';

export interface QuotaCounterHarness {
  /** The same counts every time, as another gateway would reach them; not started. */
  open(): QuotaCounter;
  /** Lets time pass. */
  elapse(milliseconds: number): Promise<void>;
  dispose(): Promise<void>;
}

/** So long that no test sees its end by chance. */
const LONG = { limit: 10, windowSeconds: 86_400 };
const RUNS = 25;

export function describeQuotaCounterContract(name: string, makeHarness: () => QuotaCounterHarness): void {
  describe(`a counter of quotas: ${name}`, () => {
    let harness: QuotaCounterHarness;
    let counters: readonly QuotaCounter[];
    let first: QuotaCounter;
    beforeEach(async () => {
      harness = makeHarness();
      counters = [harness.open(), harness.open(), harness.open()];
      for (const counter of counters) await counter.start();
      first = counters[0]!;
    });
    afterEach(async () => {
      for (const counter of counters) await counter.stop();
      await harness.dispose();
    });

    it('counts up to the limit, and says what is used and when it ends', async () => {
      const take = (amount: number) => first.take({ subject: 'a:requests', quota: LONG, amount });
      expect(await take(4)).toMatchObject({ admitted: true, used: 4 });
      expect(await take(6)).toMatchObject({ admitted: true, used: 10 });
      const refused = await take(1);
      expect(refused).toMatchObject({ admitted: false, used: 10 });
      expect(refused.endsInMs).toBeGreaterThan(0);
      expect(refused.endsInMs).toBeLessThanOrEqual(86_400_000);
      expect(await take(0)).toMatchObject({ admitted: true, used: 10 });
    });

    it('does not count what it refuses: something smaller still fits in', async () => {
      const take = (amount: number) => first.take({ subject: 'a:cost', quota: LONG, amount });
      await take(8);
      expect(await take(3)).toMatchObject({ admitted: false, used: 8 });
      expect(await take(2)).toMatchObject({ admitted: true, used: 10 });
    });

    it('counts what is owed in any case, and what is asked for on top only where it fits', async () => {
      const quota = LONG;
      await first.take({ subject: 'a', quota, amount: 5 });
      const over = await first.take({ subject: 'a', quota, amount: 1, owed: 7 });
      expect(over).toMatchObject({ admitted: false, used: 12 });
      expect(await first.take({ subject: 'a', quota, amount: 0 })).toMatchObject({ used: 12 });
    });

    it('keeps subjects apart, and quotas over other times', async () => {
      await first.take({ subject: 'a:requests', quota: LONG, amount: 10 });
      const others = [
        { subject: 'b:requests', quota: LONG },
        { subject: 'a:cost', quota: LONG },
        { subject: 'a:requests', quota: { ...LONG, windowSeconds: 43_200 } },
      ];
      for (const other of others) {
        expect(await first.take({ ...other, amount: 1 })).toMatchObject({ admitted: true, used: 1 });
      }
    });

    it('holds everybody to a limit that was lowered or raised in the middle of a window', async () => {
      const take = (limit: number) => first.take({ subject: 'a', quota: { ...LONG, limit }, amount: 1 });
      for (let i = 0; i < 5; i++) await take(10);
      expect(await take(3)).toMatchObject({ admitted: false, used: 5 });
      expect(await take(6)).toMatchObject({ admitted: true, used: 6 });
    });

    it('begins anew when the window ends', async () => {
      const quota = { limit: 1, windowSeconds: 1 };
      const take = () => first.take({ subject: 'a', quota, amount: 1 });
      await take();
      // Whatever moment the first one fell on, the second's window is known from its answer.
      const { endsInMs } = await take();
      await harness.elapse(endsInMs + 5);
      expect(await take()).toMatchObject({ admitted: true, used: 1 });
    });

    it('admits no more than the limit, however many gateways ask at once', async () => {
      const amounts = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 0, max: 9 })), { maxLength: 60 });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(amounts, fc.integer({ min: 1, max: 60 }), async (asked, limit) => {
          const subject = `at once ${run++}`;
          const quota = { limit, windowSeconds: 86_400 };
          const taken = await Promise.all(
            asked.map(([at, amount]) => counters[at]!.take({ subject, quota, amount })),
          );
          const admitted = asked.filter((_, i) => taken[i]!.admitted).map(([, amount]) => amount);
          const sum = admitted.reduce((total, amount) => total + amount, 0);
          expect(sum).toBeLessThanOrEqual(limit);
          expect((await first.take({ subject, quota, amount: 0 })).used).toBe(sum);
          // Nobody is refused for what others were refused.
          const largest = Math.max(
            0,
            ...asked.filter((_, i) => !taken[i]!.admitted).map(([, amount]) => amount),
          );
          expect(largest === 0 || sum + largest > limit).toBe(true);
        }),
        { numRuns: RUNS },
      );
    });

    it('knows how many gateways count: those that said so, until they leave or fall silent', async () => {
      const [one, two, three] = counters as [QuotaCounter, QuotaCounter, QuotaCounter];
      expect(await one.attend('g1', 60_000)).toBe(1);
      expect(await one.attend('g1', 60_000)).toBe(1);
      expect(await two.attend('g2', 60_000)).toBe(2);
      expect(await three.attend('g3', 40)).toBe(3);
      // Longer than anything of the one that falls silent lasts: what the others said holds on.
      await harness.elapse(120);
      expect(await one.attend('g1', 60_000)).toBe(2);
      await two.leave('g2');
      expect(await one.attend('g1', 60_000)).toBe(1);
    });
  });
}
