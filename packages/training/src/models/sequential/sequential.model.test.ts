import { describe, expect, it } from 'vitest';
import { measureModel } from '../../evaluation/measure-model.ts';
import { leaveLastOut } from '../../protocols/index.ts';
import { interactionsOf, walkedInteractions } from '../../test/interactions.ts';
import { trainIals } from '../ials/ials.model.ts';
import { trainSequential } from './sequential.model.ts';
import { SEQUENTIAL_DEFAULTS, sequentialSettings } from './sequential-options.ts';
import { trainNetwork } from './train-network.ts';

const walked = walkedInteractions({ users: 120, items: 40, perUser: 14 });
const SMALL = {
  dimensions: 16,
  heads: 2,
  blocks: 1,
  maxLength: 8,
  batchPositions: 256,
  maxEpochs: 15,
  dropOut: 0.1,
  learningRate: 0.01,
};
const options = { seed: 1, threads: 2, ...SMALL };

async function hitRate(train: typeof trainSequential): Promise<number> {
  const split = leaveLastOut(walked);
  const { values } = await measureModel(await train(split.train, options), split);
  return values['hit-rate@10'].reduce((sum, value) => sum + value, 0) / values['hit-rate@10'].length;
}

describe('the sequential model', () => {
  it('learns an order that the set of what somebody had does not tell', async () => {
    const ordered = await hitRate(trainSequential);
    const unordered = await hitRate((data) => trainIals(data, { seed: 1, threads: 1, dimensions: 16 }));
    expect(ordered).toBeGreaterThan(0.85);
    expect(ordered).toBeGreaterThan(unordered);
  });

  it.each([20_000, 30])(
    'is the same for a seed whatever the threads (all of 40 items, or sampled: %d)',
    async (maxCandidates) => {
      const settings = { ...SEQUENTIAL_DEFAULTS, ...SMALL, maxEpochs: 2, maxCandidates };
      const train = (seed: number, threads: number) => trainNetwork(walked, settings, { seed, threads });
      const one = await train(1, 1);
      const again = await train(1, 3);
      expect(Buffer.from(again.parameters.values.slice().buffer)).toEqual(
        Buffer.from(one.parameters.values.slice().buffer),
      );
      expect(again.validationNdcg).toBe(one.validationNdcg);
      expect((await train(2, 1)).parameters.values).not.toEqual(one.parameters.values);
    },
  );

  it('keeps the last interaction of its validation users from training, and the weights of the best epoch', async () => {
    const notes: string[] = [];
    const settings = { ...SEQUENTIAL_DEFAULTS, ...SMALL, maxEpochs: 6 };
    const network = await trainNetwork(walked, settings, {
      seed: 1,
      threads: 1,
      onNote: (note) => notes.push(note),
    });
    expect(network.validation).toHaveLength(120);
    const model = await trainSequential(walked, { seed: 1, threads: 1, ...SMALL, maxEpochs: 1 });
    expect(model.withheld).toEqual(network.validation);
    expect(notes).toHaveLength(6);
    expect(notes[network.epochs - 1]).toContain(`validation NDCG@10 ${network.validationNdcg!.toFixed(4)}`);
  });

  it('ends within a step when it is aborted', async () => {
    const controller = new AbortController();
    const training = trainSequential(walked, {
      ...options,
      maxEpochs: 1_000,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(training).rejects.toThrow('enough');
  });

  it('says so when it diverges, instead of giving a model of NaNs', async () => {
    await expect(trainSequential(walked, { ...options, learningRate: 1e30 })).rejects.toThrow(
      /training has diverged .* a smaller learningRate helps/,
    );
  });

  it('one user, one item, no order to learn: the popular items; few users: a fixed number of epochs', async () => {
    const lone = interactionsOf([
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'y'],
    ]);
    const model = await trainSequential(lone, { seed: 1, threads: 1 });
    const history = { items: Uint32Array.of(0), at: Float64Array.of(0) };
    expect([...model.recommend(history, 3, [])]).toEqual([1, 0]);

    const two = interactionsOf([
      ['a', 'x', 1],
      ['a', 'y', 2],
      ['b', 'x', 1],
      ['b', 'z', 2],
    ]);
    const network = await trainNetwork(two, sequentialSettings(SMALL, 4), { seed: 1, threads: 1 });
    expect(network.validation).toHaveLength(0);
    expect(network.epochs).toBe(15);
  });

  it('leaves more out at random the less there is to learn from, unless it is told how much', () => {
    const dropOutOf = (interactions: number, options = {}) =>
      sequentialSettings(options, interactions).dropOut;
    expect([20_000_000, 1_000_000].map((count) => dropOutOf(count))).toEqual([0.2, 0.2]);
    expect(dropOutOf(100_000)).toBeCloseTo(0.3, 10);
    expect([100, 0].map((count) => dropOutOf(count))).toEqual([0.5, 0.5]);
    expect(dropOutOf(100_000, { dropOut: 0.1 })).toBe(0.1);
  });

  it('a history of unknown items gets the popular ones, and bad options are named', async () => {
    const split = leaveLastOut(
      interactionsOf([
        ['a', 'x', 1],
        ['a', 'y', 2],
        ['a', 'z', 3],
        ['b', 'x', 1],
        ['b', 'y', 2],
      ]),
    );
    const model = await trainSequential(split.train, { seed: 1, threads: 1, ...SMALL, maxEpochs: 1 });
    const unknown = { items: Uint32Array.of(2), at: Float64Array.of(0) };
    expect([...model.recommend(unknown, 3, [])]).toEqual([0, 1]);
    await expect(trainSequential(walked, { seed: 1, dimensions: 10, heads: 4 })).rejects.toThrow(
      /multiple of heads/,
    );
    await expect(trainSequential(walked, { seed: 1, dropOut: 1 })).rejects.toThrow(/dropOut must be/);
    await expect(trainSequential(interactionsOf([]), { seed: 1 })).rejects.toThrow(/no interactions/);
  });
});
