import { expect, it } from 'vitest';
import { createPause } from './pauses.ts';

it('long work leaves the loop to others for three times as long as each of its pieces took', async () => {
  let clock = 0;
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    clock += ms;
  };
  const pause = createPause({ now: () => clock, sleep });
  for (const piece of [4, 0, 10, 90]) {
    clock += piece;
    await pause();
  }
  expect(slept).toEqual([12, 0, 30, 100]);
});
