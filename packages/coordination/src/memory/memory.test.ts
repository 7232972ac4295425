import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@marquee/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { describeConfigurationBroadcastContract, describeLeasesContract } from '../contract.ts';
import { createMemoryBroadcast, createMemoryLeases } from './index.ts';

describeConfigurationBroadcastContract('memory', () => {
  const broadcast = createMemoryBroadcast();
  return { open: () => broadcast, dispose: async () => undefined };
});

describeConfigurationBroadcastContract('memory, kept in a file', () => {
  const folder = temporaryFolder();
  const broadcast = createMemoryBroadcast({ file: join(folder.path, 'broadcast.json') });
  return { open: () => broadcast, dispose: async () => folder.remove() };
});

test('what is kept in a file is there after the process, and revisions go on from it', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, 'broadcast.json');
  const before = createMemoryBroadcast({ file });
  await before.start();
  await Promise.all([before.put('a', '1'), before.put('b', '2'), before.put('a', '3')]);
  // Nobody stops it: what was acknowledged is kept all the same.
  const after = createMemoryBroadcast({ file });
  const seen: string[] = [];
  after.watch('a', ({ value }) => seen.push(value));
  await after.start();
  expect(await after.get('a')).toEqual({ value: '3', revision: 3 });
  expect(await after.get('b')).toEqual({ value: '2', revision: 2 });
  expect(seen).toEqual(['3']);
  expect(await after.put('b', '4', 2)).toBe(4);
});

test('a damaged file is begun anew, and stops nobody', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, 'broadcast.json');
  writeFileSync(file, '{"a":{"value":"1","revi');
  const broadcast = createMemoryBroadcast({ file });
  await broadcast.start();
  expect(await broadcast.get('a')).toBeUndefined();
  await broadcast.put('a', '2');
  const after = createMemoryBroadcast({ file });
  await after.start();
  expect((await after.get('a'))?.value).toBe('2');
});

describeLeasesContract('memory', () => {
  const leases = createMemoryLeases();
  return { open: () => leases, dispose: async () => undefined };
});
