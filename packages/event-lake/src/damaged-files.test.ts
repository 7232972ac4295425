import { readFile, rm, writeFile } from 'node:fs/promises';
import type { DeliveredEvent } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { createEventLake } from './event-lake.ts';
import { openLake, STORED } from './lake-reader.ts';
import { ParquetDatabase } from './parquet/parquet-database.ts';
import { type RepairOptions, repairLake } from './repair-lake.ts';
import { type LakeStorage, localStorage } from './storage.ts';
import {
  ask,
  besideTheLake,
  clock,
  committed,
  deliver,
  eachOnItsOwnLake,
  erasure,
  events,
  inTheLake,
  LAKE_STARTS,
  options,
} from './test/lake-on-disk.ts';

eachOnItsOwnLake();

describe('damage', () => {
  it('names what is damaged, and what is no lake', async () => {
    await deliver(events(5));
    const reader = await openLake(options());
    const { path } = reader.files[0]!;
    await writeFile(inTheLake(path), 'no parquet');
    expect(await reader.verify()).toEqual([{ path, problem: expect.stringMatching(/other bytes/) }]);
    await reader.close();
    await expect(openLake({ folder: besideTheLake() })).rejects.toThrow(/holds no event lake/);
  });

  /** Of the only file there is. */
  async function onlyFile(): Promise<string> {
    const [path, ...others] = await committed();
    expect(others).toEqual([]);
    return path!;
  }

  /** As a disk does that forgets. */
  async function flipBit(path: string, at: number): Promise<void> {
    const bytes = await readFile(inTheLake(path));
    bytes[at] = bytes[at]! ^ 4;
    await writeFile(inTheLake(path), bytes);
  }

  it('of a page is told from a question that is wrong, whichever is asked, and names the file', async () => {
    await deliver(events(20));
    const path = await onlyFile();
    const whole = await readFile(inTheLake(path));
    const wrongCast = 'SELECT event_id::INTEGER FROM events';
    await expect(ask(wrongCast)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await writeFile(
      inTheLake(path),
      Buffer.concat([whole.subarray(0, 4), Buffer.alloc(400, 7), whole.subarray(404)]),
    );
    const reader = await openLake(options());
    const questions = [
      () => reader.stream('SELECT * FROM events').next(),
      () => reader.query('SELECT * FROM events'),
      () => reader.query(wrongCast),
    ];
    for (const question of questions) {
      await expect(question()).rejects.toMatchObject({
        ...{ code: 'DATA_CORRUPT', message: expect.stringContaining(path) },
      });
    }
    await expect(reader.query('SELEC * FROM events')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(reader.query('SELECT nothing FROM events')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await reader.close();
  });

  it('of one bit anywhere in a file is found, also where other values can be read instead', async () => {
    await deliver(events(40));
    const path = await onlyFile();
    const { length } = await readFile(inTheLake(path));
    const reader = await openLake(options());
    for (let at = 0; at < length; at += 97) {
      await flipBit(path, at);
      expect(await reader.verify(), `byte ${at}`).toEqual([{ path, problem: expect.any(String) }]);
      await flipBit(path, at);
    }
    expect(await reader.verify()).toEqual([]);
    await reader.close();
  });

  it('is not copied into the file that a compaction makes, nor into one without an erased profile', async () => {
    const all = events(40);
    for (const upTo of [10, 20, 30]) await deliver(all.slice(0, upTo));
    const [path] = await committed();
    // A value that can be read, and is another.
    const at = (await readFile(inTheLake(path!))).indexOf('profile-');
    await flipBit(path!, at + 1);
    const lake = createEventLake(options({ limits: { compactFiles: 3 } }));
    await lake.start();
    await lake.open(0);
    expect(await lake.compact()).toBe(0);
    expect(lake.damage()).toEqual({ files: 1, erasures: 0 });
    await lake.append(0, [erasure('profile-1', 1_000, LAKE_STARTS + 86_400_000)]);
    await lake.flush();
    expect(lake.damage()).toEqual({ files: 1, erasures: 1 });
    await lake.stop();
    const reader = await openLake(options());
    expect((await reader.verify()).map((each) => each.path)).toEqual([path]);
    await reader.close();
  });

  it('is not what a full disk is: a compaction that fails is tried again, and erasures look into all files', async () => {
    const all = events(40);
    for (const upTo of [10, 20, 30]) await deliver(all.slice(0, upTo));
    let full = true;
    const storage: LakeStorage = {
      ...localStorage,
      async publish(temporary, path) {
        if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        await localStorage.publish(temporary, path);
      },
    };
    const lake = createEventLake(options({ storage, limits: { compactFiles: 3 } }));
    await lake.start();
    await lake.open(0);
    expect(await lake.compact()).toBe(0);
    expect(lake.damage()).toEqual({ files: 0, erasures: 0 });
    full = false;
    expect(await lake.compact()).toBe(3);
    await lake.stop();
  });

  it('of files that were written without a checksum is found by reading them', async () => {
    await deliver(events(20));
    const path = await onlyFile();
    const [commit] = await localStorage.list(inTheLake('_commits/p000'));
    const file = inTheLake(`_commits/p000/${commit}`);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/,"sha256":"[0-9a-f]+"/, ''));
    const verified = async () => {
      const reader = await openLake(options());
      expect(reader.files[0]).not.toHaveProperty('sha256');
      return reader.verify().finally(() => reader.close());
    };
    expect(await verified()).toEqual([]);
    const whole = await readFile(inTheLake(path));
    await writeFile(inTheLake(path), whole.subarray(0, whole.length / 2));
    expect(await verified()).toEqual([{ path, problem: expect.stringMatching(/parquet/i) }]);
  });

  it.each([
    ['is no Parquet', () => Buffer.from('no parquet')],
    ['was cut off', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    [
      'has lost a page',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 4), Buffer.alloc(400, 7), whole.subarray(404)]),
    ],
    ['is gone', () => undefined],
  ])('a file that %s keeps nobody from writing, nor erasures out of the others', async (_, damage) => {
    const all = events(40);
    await deliver(all.slice(0, 20));
    const first = await openLake(options());
    const { path } = first.files[0]!;
    await first.close();
    const file = inTheLake(path);
    const damaged = damage(await readFile(file));
    if (damaged === undefined) await rm(file);
    else await writeFile(file, damaged);

    await deliver(all);
    await deliver([...all, erasure('profile-1', 1_000, LAKE_STARTS + 86_400_000)]);
    const reader = await openLake(options());
    expect((await reader.verify()).map((each) => each.path)).toEqual([path]);
    expect(reader.positions.get(0)).toBe(1_000);
    await reader.close();
    // What can be read has the rest, without what was erased.
    const kept = reader.files.filter((each) => each.path !== path);
    expect(await rowsOf(kept.map((each) => inTheLake(each.path)))).toEqual(
      all.slice(20).filter(({ event }) => event.profileId !== 'profile-1').length + 1,
    );
  });

  it('a lake with a damaged file answers no question with the rest of it, and says who can help', async () => {
    await deliver(events(5));
    const whole = await openLake(options());
    const { path } = whole.files[0]!;
    await whole.close();
    await rm(inTheLake(path));
    const reader = await openLake(options());
    await expect(reader.query('SELECT 1')).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    await expect(reader.query('SELECT 1')).rejects.toThrow(path);
    await expect(reader.query('SELECT 1')).rejects.toThrow(/lake -- verify/);
    expect(await reader.verify()).toEqual([{ path, problem: 'it is gone' }]);
    await reader.close();
  });

  describe('a repair', () => {
    const all = events(60);
    const erased = 'profile-1';
    const alive = all.filter(({ event }) => event.profileId !== erased);
    /** As an erasure leaves it; the rest of another partition's is nothing to us. */
    const log = async function* (after: number) {
      const left = [...alive, erasure(erased, 1_000, LAKE_STARTS + 86_400_000)];
      for (const one of left) if (one.sequence > after) yield [one];
    };
    const repair = (more: Partial<RepairOptions> = {}) =>
      repairLake({ folder: options().folder, memoryMegabytes: 128, log, partitions: 1, clock, ...more });
    const stored = async (): Promise<number[]> => {
      const reader = await openLake(options());
      try {
        const rows = await reader.query(`SELECT sequence FROM ${STORED} ORDER BY sequence`);
        return rows.map(({ sequence }) => Number(sequence));
      } finally {
        await reader.close();
      }
    };
    /** Three files, the one in the middle damaged; an erasure that could not be done there. */
    async function withDamage(): Promise<string> {
      for (const upTo of [20, 40, 60]) await deliver(all.slice(0, upTo));
      const reader = await openLake(options());
      const { path } = reader.files.find(({ first }) => first > 200 && first <= 210)!;
      await reader.close();
      await writeFile(inTheLake(path), 'no parquet');
      await deliver([...all, erasure(erased, 1_000, LAKE_STARTS + 86_400_000)]);
      return path;
    }
    const expected = [...alive.map(({ sequence }) => sequence), 1_000];

    it('makes a damaged file again from the log: every event is there once, nobody who was erased comes back', async () => {
      const path = await withDamage();
      const before = all.slice(20, 40).length;
      const short = all.slice(20, 40).filter(({ event }) => event.profileId !== erased).length;
      // The erased profile's are not in the log any more: whether others are missing cannot be told.
      expect(await repair()).toEqual([
        { path, problem: expect.any(String), rows: before, found: short, erased: 1, repaired: false },
      ]);
      await expect(stored()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
      expect(await repair({ acceptLoss: true })).toMatchObject([{ path, found: short, repaired: true }]);
      expect(await stored()).toEqual(expected);
      // The writer finds nothing left to do, and nothing in its way.
      await deliver([...all, erasure(erased, 1_000, LAKE_STARTS + 86_400_000)]);
      expect(await stored()).toEqual(expected);
      expect(await repair()).toEqual([]);
    });

    it('is known to whoever writes, with the erasures that wait for it, until it is repaired', async () => {
      await withDamage();
      const damage = async () => {
        const lake = createEventLake(options());
        await lake.start();
        await lake.open(0);
        const met = lake.damage();
        await lake.stop();
        return met;
      };
      expect(await damage()).toEqual({ files: 1, erasures: 1 });
      await repair({ acceptLoss: true });
      expect(await damage()).toEqual({ files: 0, erasures: 0 });
    });

    it('goes on beside a writer: whoever is second reads what the first has done', async () => {
      await withDamage();
      const lake = createEventLake(options());
      await lake.start();
      await lake.open(0);
      await repair({ acceptLoss: true });
      const [{ event }] = events(1, 2) as [DeliveredEvent];
      const later = { sequence: 1_010, event: { ...event, profileId: 'profile-9' } };
      await lake.append(0, [later]);
      await lake.flush();
      expect(await stored()).toEqual([...expected, 1_010]);
      await lake.stop();
      // And who opens it next finds nothing to do.
      await deliver([later]);
      expect(await stored()).toEqual([...expected, 1_010]);
    });
  });
});

async function rowsOf(files: readonly string[]): Promise<number> {
  const database = await ParquetDatabase.open({ memoryMegabytes: 128 });
  try {
    let rows = 0;
    for (const file of files) rows += await database.readThrough(file);
    return rows;
  } finally {
    await database.close();
  }
}
