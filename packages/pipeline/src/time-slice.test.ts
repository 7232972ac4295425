import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TimeSlice } from './time-slice.ts';

test('a slice that is spent gives the event loop a turn and begins anew', async () => {
  let now = 1_000;
  const slice = new TimeSlice(() => now);
  expect(slice.spent).toBe(false);
  now += 2;
  expect(slice.spent).toBe(true);
  const order: string[] = [];
  const other = nextTurn().then(() => order.push('another task'));
  await Promise.all([slice.nextTurn(), slice.nextTurn()]);
  order.push('the next component');
  await other;
  expect(order).toEqual(['another task', 'the next component']);
  expect(slice.spent).toBe(false);
});
