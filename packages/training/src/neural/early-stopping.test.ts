import { describe, expect, it } from 'vitest';
import { type EpochOptions, runEpochs } from './early-stopping.ts';
import { initialParameters } from './parameters.ts';
import type { Trainer } from './trainer.ts';

/** Weights are the number of the epoch, which takes a minute; `judgements` says how good each is. */
async function run(judgements: readonly number[], patience: number, options: Partial<EpochOptions> = {}) {
  const parameters = initialParameters([{ name: 'w', shape: [1], initial: { value: 0 } }], 1);
  const average = new Float32Array(1);
  const rates: number[] = [];
  const told: boolean[] = [];
  const limits: string[] = [];
  let rate = 1;
  let now = 0;
  const trainer: Trainer = {
    average,
    step: async () => 0,
    setRate(share) {
      rate = share;
    },
    close: async () => undefined,
  };
  const result = await runEpochs(trainer, parameters, {
    maxEpochs: judgements.length,
    patience,
    minutes: 0,
    now: () => now,
    onLimit: (text) => limits.push(text),
    ...options,
    async runEpoch(epoch, timeIsOver) {
      now += 60_000;
      told.push(timeIsOver());
      rates.push(rate);
      average[0] = epoch + 1;
      return 0;
    },
    judge: async () => judgements[parameters.values[0]! - 1]!,
  });
  return { ...result, kept: parameters.values[0], rates, told, limits };
}

describe('epochs', () => {
  it('end when none has been better for a while, and the best weights are kept', async () => {
    const { epochs, ndcg, kept, rates } = await run([0.1, 0.3, 0.2, 0.2, 0.2, 0.9], 3);
    expect({ epochs, ndcg, kept }).toEqual({ epochs: 2, ndcg: 0.3, kept: 2 });
    expect(rates).toHaveLength(5);
  });

  it('that decay have shorter and shorter steps, whatever the time, as long as there is enough of it', async () => {
    const five = [0.1, 0.2, 0.3, 0.4, 0.5];
    const expected = [1, 0.8, 0.6, 0.4, 0.2];
    for (const minutes of [0, 6]) {
      const { rates } = await run(five, 5, { decay: true, minutes });
      for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[i]!, 10);
    }
    expect((await run(five, 5)).rates).toEqual([1, 1, 1, 1, 1]);
  });

  it('that time will not be enough for decay with the time there is', async () => {
    const forty = Array.from({ length: 40 }, (_, i) => i / 100);
    const { rates } = await run(forty, 40, { decay: true, minutes: 4 });
    for (const [i, rate] of [1, 0.75, 0.5, 0.25, 0.02].entries()) expect(rates[i]).toBeCloseTo(rate, 10);
    expect(rates).toHaveLength(5);
  });

  it('say once that time had a say in what was reached, also where it only shortened the steps, and nothing otherwise', async () => {
    const forty = Array.from({ length: 40 }, (_, i) => i / 100);
    expect((await run(forty, 40, { decay: true, minutes: 4 })).limits).toEqual([
      '4 minutes were too short for 40 epochs (5 were run): a quieter machine, or more minutes, may find better',
    ]);
    const three = [0.3, 0.2, 0.2, ...forty.map(() => 0)];
    const { limits, rates } = await run(three, 2, { decay: true, minutes: 4 });
    expect([limits.length, rates.length]).toEqual([1, 3]);
    for (const minutes of [0, 50]) {
      expect((await run(forty, 40, { decay: true, minutes })).limits).toEqual([]);
    }
  });

  it('that are out of time leave the best weights there were, those of the epoch that was cut included', async () => {
    const { kept, rates, told } = await run([0.3, 0.2, 0.4], 9, { minutes: 0.5 });
    expect(rates).toHaveLength(1);
    expect(kept).toBe(1);
    expect(told).toEqual([true]);
    expect((await run([0.3, 0.2, 0.4], 9)).told).toEqual([false, false, false]);
  });
});
