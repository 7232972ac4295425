import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { beginDatabaseCheck } from './database-check.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

function database(name: string): string {
  const file = folder.file(name);
  const made = new DatabaseSync(file);
  made.exec(`pragma journal_mode = wal; create table notes (id integer primary key, text text) strict;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
      insert into notes (text) select hex(randomblob(100)) from n;`);
  made.close();
  return file;
}

/** Overwrites 20,000 bytes in the middle: a few whole pages. */
function damage(file: string): Buffer {
  const bytes = readFileSync(file);
  bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 20_000);
  writeFileSync(file, bytes);
  return bytes;
}

const begin = (files: readonly string[], waitMs = 20_000) =>
  beginDatabaseCheck({ files, waitMs, logger: silentLogger });

describe('the check of the databases', () => {
  it('lets sound ones pass', async () => {
    const check = begin([database('sound-1.sqlite'), database('sound-2.sqlite')]);
    await check.start();
    expect(check.readiness()).toEqual({ ready: true });
    await check.stop();
  });

  it('finds damage in the middle, by the name of the file, and leaves it as it is', async () => {
    const file = database('damaged.sqlite');
    const bytes = damage(file);
    const check = begin([database('sound-3.sqlite'), file]);
    await expect(check.start()).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(file),
    });
    expect(readFileSync(file)).toEqual(bytes);
    await check.stop();
  });

  it('does not hold a start up for longer than it may, and tells later', async () => {
    const file = database('late.sqlite');
    damage(file);
    const check = begin([file], 0);
    await check.start();
    expect(check.readiness().detail).toBe('looking the databases over');
    await expect(check.damage).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    expect(check.readiness().ready).toBe(false);
    await check.stop();
  });

  it('can be stopped where it is, and is no reason not to start when it fails itself', async () => {
    const stopped = begin([database('stopped.sqlite')]);
    await stopped.stop();
    await stopped.stop();
    const missing = begin([folder.file('nowhere.sqlite')]);
    await missing.start();
    expect(missing.readiness()).toEqual({ ready: true, detail: 'the databases could not be looked over' });
    await missing.stop();
  });
});
