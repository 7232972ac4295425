import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RevisionFolder } from './revision-folder.ts';

function numbers(): RevisionFolder<readonly number[]> {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return new RevisionFolder({
    path: join(folder.path, 'numbers'),
    kind: 'numbers',
    empty: [],
    parse(value) {
      if (!Array.isArray(value)) throw new Error('not a list');
      return value as number[];
    },
  });
}

describe('a folder of revisions', () => {
  it('is empty before anything is written, also where the folder is missing', async () => {
    expect(await numbers().latest()).toEqual({ revision: 0, value: [] });
  });

  it('refuses what nobody could read afterwards, and keeps what it has', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const texts = new RevisionFolder({ path: folder.file('texts'), kind: 'texts', empty: '', parse: String });
    await texts.change(() => 'short');
    const long = texts.change(() => 'x'.repeat(64 * 1024 * 1024));
    await expect(long).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await texts.latest()).toEqual({ revision: 1, value: 'short' });
  });

  it('loses no change of writers that run at once', async () => {
    const folder = numbers();
    const writers = Array.from({ length: 8 }, (_, writer) =>
      (async () => {
        for (let turn = 0; turn < 3; turn++) {
          await folder.change((current) => [...current, writer * 10 + turn]);
        }
      })(),
    );
    await Promise.all(writers);
    const { revision, value } = await folder.latest();
    expect(revision).toBe(24);
    expect(new Set(value).size).toBe(24);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says that a damaged file is damaged instead of using it', async () => {
    const folder = numbers();
    await folder.change(() => [1, 2]);
    const file = join(folder.path, '00000001.json');
    const text = readFileSync(file, 'utf8');
    for (const damaged of [
      text.slice(0, 40),
      text.replace('2\n', '3\n'),
      text.replace('"numbers"', '"others"'),
    ]) {
      expect(damaged).not.toBe(text);
      writeFileSync(file, damaged);
      await expect(folder.latest()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    }
  });

  it('keeps a bounded number of revisions, the last ones', async () => {
    const folder = numbers();
    for (let turn = 0; turn < 55; turn++) await folder.change(() => [turn]);
    const kept = await folder.revisions();
    expect(kept).toHaveLength(50);
    expect(kept.at(-1)).toBe(55);
    expect((await folder.at(6)).value).toEqual([5]);
    await expect(folder.at(1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('writes nothing when the change is refused', async () => {
    const folder = numbers();
    await folder.change(() => [1]);
    await expect(
      folder.change(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await folder.latest()).revision).toBe(1);
  });
});
