import { deadlineAfter } from '@marquee/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MakingLine, NoTurn } from './making-line.ts';

const PATIENT = 60_000;

describe('the line of pages to be made', () => {
  it('makes few at once, all of them in the end, in the order in which they were asked for', async () => {
    const line = new MakingLine(400);
    const begun: number[] = [];
    let [now, most] = [0, 0];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        line.make(deadlineAfter(PATIENT), async () => {
          begun.push(i);
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
        }),
      ),
    );
    expect(begun).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(most).toBe(4);
  });

  it('lets nobody wait who could not be finished in time, and begins nothing for them', async () => {
    const line = new MakingLine(400);
    const held = Promise.withResolvers<void>();
    const making = Array.from({ length: 4 }, () => line.make(deadlineAfter(PATIENT), () => held.promise));
    let begun = false;
    const begin = async () => {
      begun = true;
    };
    await expect(line.make(deadlineAfter(10), begin)).rejects.toBeInstanceOf(NoTurn);
    await expect(line.make(deadlineAfter(100), begin)).rejects.toMatchObject({ component: 'page-making' });
    expect(begun).toBe(false);
    held.resolve();
    await Promise.all(making);
    await line.make(deadlineAfter(100), begin);
    expect(begun).toBe(true);
  });

  it('makes one at a time where their time is up before they are made, and more again when they are', async () => {
    const line = new MakingLine(400);
    const atOnce = async (withinMs: number, work: () => Promise<void>): Promise<number> => {
      let [now, most] = [0, 0];
      const counted = async () => {
        most = Math.max(most, ++now);
        await work().finally(() => now--);
      };
      await Promise.allSettled(Array.from({ length: 8 }, () => line.make(deadlineAfter(withinMs), counted)));
      return most;
    };
    const made = () => new Promise<void>((resolve) => setImmediate(resolve));
    const late = async () => Promise.reject(new Error('the time was up'));
    await atOnce(0, late);
    expect(await atOnce(PATIENT, made)).toBeLessThan(4);
    for (let i = 0; i < 5; i++) await atOnce(PATIENT, made);
    expect(await atOnce(PATIENT, made)).toBe(4);
  });

  it('bounds those who wait', async () => {
    const line = new MakingLine(400);
    const held = Promise.withResolvers<void>();
    const asked = Array.from({ length: 1_000 }, () => line.make(deadlineAfter(PATIENT), () => held.promise));
    const outcomes = Promise.allSettled(asked);
    held.resolve();
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1_000 - 4 - 128);
  });

  it('gives every turn back, also of pages that fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (fails) => {
        const line = new MakingLine(400);
        const made = fails.map((fail) =>
          line.make(deadlineAfter(PATIENT), async () => {
            await Promise.resolve();
            if (fail) throw new Error('no page');
          }),
        );
        const failures = (await Promise.allSettled(made)).filter(({ status }) => status === 'rejected');
        expect(failures).toHaveLength(fails.filter(Boolean).length);
        // Somebody without a moment to wait gets a turn again.
        await expect(line.make(deadlineAfter(0), async () => 'page')).resolves.toBe('page');
      }),
      { numRuns: 30 },
    );
  });
});
