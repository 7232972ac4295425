import { DEFAULT_SEGMENT } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { listIds, titleListView } from '@marquee/features';
import { expect, test } from 'vitest';
import { TitleLists } from './title-lists.ts';

const KEY = titleListView.key(listIds.popular(DEFAULT_SEGMENT));

test('a list that was written again with the same titles stays the same array, and another one replaces it', async () => {
  let now = 0;
  const clock = { now: () => now };
  const store = createMemoryStore({ clock });
  await store.start();
  const lists = new TitleLists(store, clock);
  const write = (titleId: string) =>
    store.putMany([
      { key: KEY, value: titleListView.encode({ generatedAt: 0, entries: [{ titleId, score: 1 }] }) },
    ]);
  const readLater = async () => {
    now += 20_000;
    return (await lists.read(DEFAULT_SEGMENT)).popular;
  };
  await write('t1');
  const first = await readLater();
  expect(first).toEqual([{ titleId: 't1', score: 1 }]);
  await write('t1');
  expect(await readLater()).toBe(first);
  await write('t2');
  expect(await readLater()).toEqual([{ titleId: 't2', score: 1 }]);
  // What was known stays known.
  await store.deleteMany([KEY]);
  expect(await readLater()).toEqual([{ titleId: 't2', score: 1 }]);
  await store.stop();
});
