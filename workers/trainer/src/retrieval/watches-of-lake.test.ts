import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { countWatches, readWatches } from './watches-of-lake.ts';

it('nothing is learned from a lake of which one bit has changed, also where it can still be read', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const lakeFolder = folder.file('lake');
  const lake = createEventLake({
    ...{ folder: lakeFolder, clock: systemClock, logger: silentLogger },
    ...{ tickMs: 0, memoryMegabytes: 64 },
  });
  await lake.start();
  await lake.open(0);
  await lake.append(
    0,
    ['a', 'b'].map((titleId, i) => ({
      sequence: i + 1,
      event: eventOf('PLAY_STOP', { titleId, watchedSeconds: 3_000 }, { profileId: `profile-${titleId}` }),
    })),
  );
  await lake.stop();
  const request = { lakeFolder, lakeMemoryMegabytes: 64, now: Date.now() };
  expect(countWatches((await readWatches(request, folder.path)).watches)).toBe(2);

  const reader = await openLake({ folder: lakeFolder, memoryMegabytes: 64 });
  const [file] = reader.files;
  const path = join(lakeFolder, file!.path);
  const bytes = await readFile(path);
  const at = bytes.indexOf('profile-a');
  bytes[at] = bytes[at]! ^ 1;
  await writeFile(path, bytes);
  expect(await reader.query('SELECT DISTINCT profile_id FROM events')).toHaveLength(2);
  await reader.close();
  await expect(readWatches(request, folder.path)).rejects.toMatchObject({
    code: 'DATA_CORRUPT',
    message: expect.stringContaining(file!.path),
  });
});
