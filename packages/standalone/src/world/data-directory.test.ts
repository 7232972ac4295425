import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMarqueeError } from '@marquee/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory, WORLD_DATABASES, type World } from './data-directory.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'marquee-data-'));
});
afterEach(async () => {
  await rm(path, { recursive: true, force: true });
});

const WORLD: World = {
  formatVersion: 1,
  name: 'sample',
  source: 'a test',
  preparedAt: '2026-01-01T00:00:00.000Z',
  titles: 1,
  profiles: 1,
  events: 1,
  rejected: 0,
  model: 'ranker-1',
  personas: [],
  tokenSecret: 'x'.repeat(43),
};

describe('data directory', () => {
  it('shows a world only once it is complete, and removes what an interrupted preparation left', async () => {
    const first = await openDataDirectory(path);
    const folder = await first.beginWorld('sample');
    await writeFile(join(folder, 'half.sqlite'), 'half');
    expect(await first.readWorld('sample')).toBeUndefined();
    first.release();

    const second = await openDataDirectory(path);
    expect((await readdir(path)).filter((entry) => entry.startsWith('.preparing'))).toEqual([]);
    const prepared = await second.beginWorld('sample');
    for (const database of WORLD_DATABASES) await writeFile(join(prepared, database), 'rows');
    await second.commitWorld(prepared, WORLD);
    expect(await second.readWorld('sample')).toEqual(WORLD);
    await second.updateWorld({ ...WORLD, titles: 2 });
    expect((await second.readWorld('sample'))?.titles).toBe(2);
    await rm(join(path, 'sample', 'catalogue.sqlite'));
    expect(isMarqueeError(await second.readWorld('sample').catch((e: unknown) => e), 'DATA_CORRUPT')).toBe(
      true,
    );
    await rm(join(path, 'sample', 'world.json'));
    expect(await second.readWorld('sample')).toBeUndefined();
    expect(isMarqueeError(await second.beginWorld('sample').catch((e: unknown) => e), 'DATA_CORRUPT')).toBe(
      true,
    );
    second.release();
  });

  it('is used by one process at a time', async () => {
    const first = await openDataDirectory(path);
    const refusal = await openDataDirectory(path).catch((error: unknown) => error);
    expect(isMarqueeError(refusal, 'DATA_DIRECTORY_UNUSABLE')).toBe(true);
    expect(String(refusal)).toContain('in use by another Marquee process');
    first.release();
    (await openDataDirectory(path)).release();
  });

  it('refuses a path that is no folder, and a manifest it cannot read, without touching either', async () => {
    const file = join(path, 'file');
    await writeFile(file, 'mine');
    const refusal = await openDataDirectory(file).catch((error: unknown) => error);
    expect(isMarqueeError(refusal, 'DATA_DIRECTORY_UNUSABLE')).toBe(true);

    await mkdir(join(path, 'sample'));
    for (const database of WORLD_DATABASES) await writeFile(join(path, 'sample', database), 'rows');
    await writeFile(join(path, 'sample', 'world.json'), '{"formatVersion":9}');
    const directory = await openDataDirectory(path);
    const corrupt = await directory.readWorld('sample').catch((error: unknown) => error);
    expect(isMarqueeError(corrupt, 'DATA_CORRUPT')).toBe(true);
    directory.release();
  });
});
