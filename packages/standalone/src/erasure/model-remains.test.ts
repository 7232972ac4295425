import { basename } from 'node:path';
import { DAY_MS, systemClock } from '@marquee/domain';
import { collaborativeRegistry } from '@marquee/model-registry';
import { sampleTitles, temporaryFolder, watchesByTaste } from '@marquee/testkit';
import { trainCollaborative } from '@marquee/training';
import { expect, it, onTestFinished } from 'vitest';
import { modelsThatKnow } from './model-remains.ts';

const NOW = Date.UTC(2026, 2, 1);

it('names the collaborative models that were made before the erasure, and which of them serves by the registry', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const watches = watchesByTaste({ titles: sampleTitles(80), until: NOW, seed: 1, profiles: 80 });
  const made = async (now: number): Promise<string> =>
    basename((await trainCollaborative(watches, { seed: 1, threads: 1, now, folder: folder.path }))!);
  const [first, second] = [await made(NOW), await made(NOW + DAY_MS)];
  const erased = { profileId: 'p0', eventId: 'e', at: NOW + 2 * DAY_MS, partition: 0, sequence: 1 };
  const known = async () =>
    (await modelsThatKnow(folder.path, erased)).map(({ version, kind, serves }) => [version, kind, serves]);
  // Nobody was ever asked: the last one serves.
  expect(await known()).toEqual([
    [first, 'collaborative', false],
    [second, 'collaborative', true],
  ]);
  const registry = collaborativeRegistry({ modelsFolder: folder.path, clock: systemClock });
  await registry.adopt(first, { by: 'marquee', why: 'a test' });
  // Made after it, and of what was left.
  await made(NOW + 3 * DAY_MS);
  expect(await known()).toEqual([
    [first, 'collaborative', true],
    [second, 'collaborative', false],
  ]);
});
