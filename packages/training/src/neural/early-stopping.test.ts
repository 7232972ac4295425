import { describe, expect, it } from 'vitest';
import { runEpochs } from './early-stopping.ts';
import { initialParameters } from './parameters.ts';
import type { Trainer } from './trainer.ts';

/** Weights are the number of the epoch; `judgements` says how good each is. */
async function run(
  judgements: readonly number[],
  patience: number,
  options: { slowAfter?: number; minutes?: number } = {},
) {
  const parameters = initialParameters([{ name: 'w', shape: [1], initial: { value: 0 } }], 1);
  const average = new Float32Array(1);
  const rates: number[] = [];
  const told: boolean[] = [];
  let rate = 1;
  const trainer: Trainer = {
    average,
    step: async () => 0,
    scaleRate(factor) {
      rate *= factor;
    },
    close: async () => undefined,
  };
  const result = await runEpochs(trainer, parameters, {
    maxEpochs: judgements.length,
    patience,
    minutes: 0,
    ...options,
    async runEpoch(epoch, timeIsOver) {
      told.push(timeIsOver());
      rates.push(rate);
      average[0] = epoch + 1;
      return 0;
    },
    judge: async () => judgements[parameters.values[0]! - 1]!,
  });
  return { ...result, kept: parameters.values[0], rates, told };
}

describe('epochs', () => {
  it('end when none has been better for a while, and the best weights are kept', async () => {
    const { epochs, ndcg, kept, rates } = await run([0.1, 0.3, 0.2, 0.2, 0.2, 0.9], 3);
    expect({ epochs, ndcg, kept }).toEqual({ epochs: 2, ndcg: 0.3, kept: 2 });
    expect(rates).toHaveLength(5);
  });

  it('that bring nothing make the steps after them shorter, again and again', async () => {
    const { rates, epochs } = await run([0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.1, 0.1, 0.1], 5, { slowAfter: 2 });
    expect(epochs).toBe(5);
    expect(rates.map((rate) => Math.round(Math.log(1 / rate) / Math.log(3)))).toEqual([
      0, 0, 0, 0, 1, 1, 1, 2, 2,
    ]);
  });

  it('that are out of time leave the best weights there were, those of the epoch that was cut included', async () => {
    const { kept, rates, told } = await run([0.3, 0.2, 0.4], 9, { minutes: 1e-9 });
    expect(rates).toHaveLength(1);
    expect(kept).toBe(1);
    expect(told).toEqual([true]);
    expect((await run([0.3, 0.2, 0.4], 9)).told).toEqual([false, false, false]);
  });
});
