import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { interactionsOf, type Row, tastefulInteractions } from '../../test/interactions.ts';
import { chooseTowers } from './choose-towers.ts';

const SMALL = {
  ...{ dimensions: 16, hidden: 16, historyLength: 8, buckets: 64, batchSize: 256, negatives: 40 },
  ...{ learningRate: 0.01, maxEpochs: 6, idDropOut: 0 },
};
const training = { seed: 1, threads: 2 };
/** Four series in turns, an instalment each: what comes next follows what was had four before. */
const inTurns = interactionsOf(
  Array.from({ length: 150 }, (_, user): Row[] => {
    const random = createRandom(user);
    const at = Array.from({ length: 4 }, () => random.integer(60));
    return Array.from({ length: 20 }, (__, step): Row => {
      const series = step % 4;
      at[series] = (at[series]! + 1) % 60;
      return [`u${user}`, `i${at[series]}`, step * 60_000];
    });
  }).flat(),
);
const tasteful = tastefulInteractions({ seed: 4, users: 150, items: 90, tastes: 3, perUser: 16 });

describe('the user tower of a version', () => {
  it('reads histories in their order where that finds more of what was kept back, by more than chance', async () => {
    const done: number[] = [];
    const { towers, comparison } = await chooseTowers(
      inTurns,
      undefined,
      { ...SMALL, batchSize: 128, maxEpochs: 16, dropOut: 0.05 },
      {
        ...training,
        onProgress: (epochs, total) => done.push(epochs / total),
      },
    );
    expect(comparison!.gain.lower).toBeGreaterThan(0);
    expect(comparison!.sequence - comparison!.means).toBeGreaterThan(0.05);
    expect(towers.settings.blocks).toBeGreaterThan(0);
    expect(towers.validationNdcg).toBe(comparison!.sequence);
    expect(done.toSorted((a, b) => a - b)).toEqual(done);
    expect(done.at(-1)).toBeLessThanOrEqual(1);
  });

  it('takes means where order tells nothing', async () => {
    const { towers, comparison } = await chooseTowers(tasteful, undefined, SMALL, training);
    expect(comparison!.gain.lower).toBeLessThanOrEqual(0);
    expect(towers.settings.blocks).toBe(0);
    expect(towers.validationNdcg).toBe(comparison!.means);
  });

  it('is the one that is asked for, and means where there is nothing to choose by', async () => {
    const asked = await chooseTowers(tasteful, undefined, { ...SMALL, blocks: 1, maxEpochs: 1 }, training);
    expect(asked.comparison).toBeUndefined();
    expect(asked.towers.settings.blocks).toBe(1);
    const few = interactionsOf([
      ['a', 'x', 1],
      ['a', 'y', 2],
      ['b', 'y', 1],
      ['b', 'x', 2],
    ]);
    const blind = await chooseTowers(few, undefined, { ...SMALL, maxEpochs: 1 }, training);
    expect(blind.comparison).toBeUndefined();
    expect(blind.towers.settings.blocks).toBe(0);
    await expect(chooseTowers(few, undefined, { blocks: 2, dimensions: 3 }, training)).rejects.toThrow(
      /dimensions must be a multiple of 2/,
    );
  });
});
