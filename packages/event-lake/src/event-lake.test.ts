import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type DeliveredEvent, type MarqueeEvent } from '@marquee/domain';
import { isMarqueeError, silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventLake, type EventLakeOptions } from './event-lake.ts';
import { openLake, STORED } from './lake-reader.ts';
import { ParquetDatabase } from './parquet/parquet-database.ts';
import { type RepairOptions, repairLake } from './repair-lake.ts';
import { type LakeStorage, localStorage } from './storage.ts';

const START = Date.UTC(2026, 2, 1, 10, 55);
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const clock = { now: () => START };
const options = (overrides: Partial<EventLakeOptions> = {}): EventLakeOptions => ({
  folder: join(folder.path, 'lake'),
  clock,
  logger: silentLogger,
  tickMs: 0,
  memoryMegabytes: 128,
  ...overrides,
});

/** A minute apart from 10:55, so that hours change; a few profiles. */
function events(count: number, seed = 1): DeliveredEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    sequence: 10 * (i + 1),
    event: {
      eventId: `event-${seed}-${i}`,
      type: 'PLAY_STOP',
      schemaVersion: 1,
      occurredAt: START + i * 60_000,
      receivedAt: START + i * 60_000,
      profileId: `profile-${random.integer(5)}`,
      position: 3,
      assignments: { ranker: 'b' },
      payload: { titleId: `title-${random.integer(50)}`, watchedSeconds: random.integer(5_000) },
    } satisfies MarqueeEvent,
  }));
}

function erasure(profileId: string, sequence: number, at: number): DeliveredEvent {
  return {
    sequence,
    event: {
      eventId: `erase-${profileId}-${sequence}`,
      type: 'PROFILE_ERASED',
      schemaVersion: 1,
      occurredAt: at,
      receivedAt: at,
      profileId,
      payload: {},
    },
  };
}

/** Hands over what is not durable yet, in batches, as the log does after every start. */
async function deliver(
  all: readonly DeliveredEvent[],
  overrides: Partial<EventLakeOptions> = {},
): Promise<void> {
  const lake = createEventLake(options(overrides));
  await lake.start();
  try {
    await lake.open(0);
    const rest = all.filter(({ sequence }) => sequence > lake.position(0));
    for (let from = 0; from < rest.length; from += 20) await lake.append(0, rest.slice(from, from + 20));
    await lake.flush();
    await lake.compact();
  } finally {
    // As a crash would: what is buffered is lost, and nothing more is written.
    await lake.stop().catch(() => undefined);
  }
}

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const reader = await openLake(options());
  try {
    return await reader.query(sql);
  } finally {
    await reader.close();
  }
}

async function committed(): Promise<readonly string[]> {
  const reader = await openLake(options());
  await reader.close();
  return reader.files.map(({ path }) => path);
}

const ids = async (): Promise<string[]> =>
  (await ask('SELECT event_id FROM events ORDER BY sequence')).map(({ event_id }) => String(event_id));

describe('the event lake', () => {
  it('holds every event once, with its envelope and its payload', async () => {
    const all = events(200);
    await deliver(all);
    await deliver(all);
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
    const [row] = await ask("SELECT * FROM events WHERE event_id = 'event-1-7'");
    const { event } = all[7]!;
    expect(row).toMatchObject({
      type: 'PLAY_STOP',
      profile_id: event.profileId,
      position: 3,
      log_partition: 0,
      sequence: '80',
      propensity: null,
    });
    expect(JSON.parse(String(row!.payload))).toEqual(event.payload);
    expect(row!.watched_seconds).toBe((event.payload as { watchedSeconds: number }).watchedSeconds);
    expect(String(row!.occurred_at)).toBe('2026-03-01 11:02:00');
  });

  it('what is appended while a file is being written is in the next one', async () => {
    const all = events(100);
    const lake = createEventLake(options());
    await lake.start();
    await lake.open(0);
    await lake.append(0, all.slice(0, 50));
    const writing = lake.flush();
    await Promise.resolve();
    await lake.append(0, all.slice(50));
    await writing;
    expect(lake.position(0)).toBe(all[49]!.sequence);
    expect(lake.buffered()).toBe(50);
    await lake.stop();
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
  });

  it('is divided by the date and hour of writing: a history that comes at once is one file', async () => {
    await deliver(events(200));
    await deliver([...events(200), ...events(10, 2).map((one, i) => ({ ...one, sequence: 3_000 + i }))], {
      clock: { now: () => START + 3_600_000 },
    });
    const reader = await openLake(options());
    expect(reader.files.map(({ path }) => path.split('/').slice(0, 3).join('/'))).toEqual([
      'events/date=2026-03-01/hour=10',
      'events/date=2026-03-01/hour=11',
    ]);
    expect(await reader.verify()).toEqual([]);
    await reader.close();
  });

  it('small files of an hour become one, and nothing changes for who asks', async () => {
    const all = events(60);
    const limits = { bufferedRows: 1, compactFiles: 3 };
    await deliver(all, { limits });
    const reader = await openLake(options());
    expect(reader.files).toHaveLength(1);
    expect(await reader.verify()).toEqual([]);
    await reader.close();
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
  });

  it('an event that the log holds twice is there once, also when it lies in two files', async () => {
    const all = events(40);
    const again = { sequence: 5_000, event: all[3]!.event };
    await deliver([...all, again]);
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
  });

  it('many commits are read as fast as few: they are made one now and then', async () => {
    await deliver(events(200), { limits: { bufferedRows: 1, compactFiles: 1_000 } });
    for (let i = 0; i < 8; i++) await deliver(events(200));
    const all = [...events(200), ...events(70, 2).map((one, i) => ({ ...one, sequence: 3_000 + i }))];
    for (let end = 200; end <= all.length; end++) await deliver(all.slice(0, end));
    const commits = await localStorage.list(join(options().folder, '_commits', 'p000'));
    expect(commits.filter((name) => name.endsWith('.checkpoint.json'))).toHaveLength(1);
    expect(commits.length).toBeLessThan(64 + 2);
    expect(await ids()).toHaveLength(270);
  }, 60_000);
});

describe('events larger than the memory', () => {
  /** As large as a served slate; texts that nothing shortens. */
  function slates(count: number): DeliveredEvent[] {
    const random = createRandom(7);
    return events(count, 3).map(({ sequence, event }) => ({
      sequence,
      event: {
        ...event,
        payload: { values: Array.from({ length: 5_000 }, () => random.next()) } as object,
      } as MarqueeEvent,
    }));
  }

  it('are written in pieces, compacted and erased in the memory there is', async () => {
    const all = slates(520);
    const gone = all[0]!.event.profileId;
    const lake = createEventLake(options({ limits: { compactFiles: 2 } }));
    await lake.start();
    await lake.open(0);
    let most = 0;
    for (let from = 0; from < 400; from += 100) {
      await lake.append(0, all.slice(from, from + 100));
      most = Math.max(most, lake.buffered());
    }
    // 128 MB sort 8 MB of rows, which is some 85 of these.
    expect(most).toBeLessThan(100);
    await lake.flush();
    // Full files stay as they are, and small ones do not become more than can be read again.
    expect(await lake.compact()).toBe(0);
    for (let i = 0; i < 12; i++) {
      await lake.append(0, all.slice(400 + 10 * i, 410 + 10 * i));
      await lake.flush();
    }
    expect(await lake.compact()).toBeGreaterThan(8);
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
    await lake.append(0, [erasure(gone, 1e6, START + 1e10)]);
    await lake.flush();
    await lake.stop();
    const expected = all.filter(({ event }) => event.profileId !== gone).map(({ event }) => event.eventId);
    expect(await ids()).toEqual([...expected, `erase-${gone}-1000000`]);
    const reader = await openLake(options());
    expect(await reader.verify()).toEqual([]);
    await reader.close();
  }, 60_000);
});

describe('closing', () => {
  /** Hands everything over again from where it is durable, as the log does. */
  const expectAllOnce = async (all: readonly DeliveredEvent[]): Promise<void> => {
    await deliver(all);
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
  };

  it('does not wait for a long backlog: what it could not write comes again, and nothing twice', async () => {
    const all = events(100);
    const lake = createEventLake(options({ limits: { bufferedRows: 10, closeWithinMs: 0 } }));
    await lake.start();
    await lake.open(0);
    await lake.append(0, all.slice(0, 15));
    // The next finds no room, and from now on none is made.
    lake.hasten(0);
    await expect(lake.append(0, all)).rejects.toSatisfy((error) =>
      isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE'),
    );
    await lake.stop();
    const durable = (await ids()).length;
    expect(durable).toBeLessThan(100);
    await expectAllOnce(all);
  });

  it('commits file by file, so that the time it had was not in vain', async () => {
    const all = events(60);
    let published = 0;
    const storage: LakeStorage = {
      ...localStorage,
      async publish(temporary, path) {
        if (++published > 2) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        await localStorage.publish(temporary, path);
      },
    };
    const lake = createEventLake(options({ storage, limits: { bufferedRows: 20 } }));
    await lake.start();
    await lake.open(0);
    await expect(lake.append(0, all)).rejects.toThrow(/no space left on device/);
    // A full disk: closed all the same, and said.
    await lake.stop();
    expect(await ids()).toHaveLength(40);
    await expectAllOnce(all);
  });
});

describe('erasure', () => {
  it("removes every row of the profile's life before, and keeps the others and the life after", async () => {
    const all = events(100);
    const gone = all[0]!.event.profileId;
    const after = {
      sequence: 2_000,
      event: { ...all[0]!.event, eventId: 'new-life', occurredAt: START + 9e6, receivedAt: START + 9e6 },
    };
    await deliver([...all, erasure(gone, 1_500, START + 8e6), after]);
    const expected = all.filter(({ event }) => event.profileId !== gone).map(({ event }) => event.eventId);
    expect(await ids()).toEqual([...expected, `erase-${gone}-1500`, 'new-life']);
  });

  it('what arrives later but happened before is not taken in, also after a restart', async () => {
    const all = events(30);
    const gone = all[0]!.event.profileId;
    const erased = erasure(gone, 1_500, START + 8e6);
    await deliver([...all, erased]);
    const late = { sequence: 1_600, event: { ...all[0]!.event, eventId: 'late' } };
    await deliver([...all, erased, late]);
    expect(await ids()).not.toContain('late');
    // Its place in the log counts as written: it is not asked for again and again.
    const lake = createEventLake(options());
    await lake.start();
    await lake.open(0);
    expect(lake.position(0)).toBe(1_600);
    await lake.stop();
  });
});

describe('a crash', () => {
  /** Fails from the n-th step on, as a process that is gone does; the step itself may have happened or not. */
  function mortal(steps: number, afterwards: boolean): { storage: LakeStorage; died: () => boolean } {
    let left = steps;
    let dead = false;
    const guard =
      <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (dead) throw new Error('the process is gone');
        if (left-- > 0) return step(...args);
        dead = true;
        if (afterwards) await step(...args);
        throw new Error('the process is gone');
      };
    const entries = Object.entries(localStorage).map(([name, step]) => [name, guard(step)]);
    return { storage: Object.fromEntries(entries) as LakeStorage, died: () => dead };
  }

  it.each([false, true])(
    'at any step loses nothing and doubles nothing (the step done: %s)',
    async (afterwards) => {
      const before = events(40);
      const gone = before[0]!.event.profileId;
      const all = [...before, erasure(gone, 700, START + 8e6)];
      const expected = before
        .filter(({ event }) => event.profileId !== gone)
        .map(({ event }) => event.eventId);
      const limits = { bufferedRows: 15, compactFiles: 2 };
      for (let steps = 1; ; steps++) {
        await folder.remove();
        folder = temporaryFolder();
        const { storage, died } = mortal(steps, afterwards);
        await deliver(all, { storage, limits }).catch(() => undefined);
        if (!died()) {
          expect(steps).toBeGreaterThan(20);
          return;
        }
        await deliver(all, { limits });
        expect(await ids(), `after a crash at step ${steps}`).toEqual([...expected, `erase-${gone}-700`]);
        const reader = await openLake(options());
        expect(await reader.verify(), `after a crash at step ${steps}`).toEqual([]);
        await reader.close();
      }
    },
    120_000,
  );

  it('leaves no file behind that no commit names', async () => {
    const all = events(30);
    await deliver(all);
    const stray = join(options().folder, 'events/date=2026-03-01/hour=10/p000-1-2-stray.parquet');
    await writeFile(stray, 'half a file');
    await localStorage.mark(stray, START - 2 * 3_600_000);
    await deliver(all);
    expect(await localStorage.size(stray)).toBeUndefined();
  });

  it('takes no file from who began to read before a compaction, and none is left in the end', async () => {
    const all = events(60);
    const limits = { bufferedRows: 1, compactFiles: 100 };
    await deliver(all, { limits });
    const reader = await openLake(options());
    const compacting = { limits: { ...limits, compactFiles: 3 } };
    await deliver(all, compacting);
    // The writer was started again twice, and had to sweep up after itself.
    await deliver(all, compacting);
    const [asked] = await reader.query('SELECT count(*)::INTEGER AS n FROM events');
    expect(asked).toEqual({ n: 60 });
    expect(await reader.verify()).toEqual([]);
    const { files } = reader;
    await reader.close();
    const hoursLater = { now: () => START + 2 * 3_600_000 };
    await deliver(all, { ...compacting, clock: hoursLater });
    for (const { path } of files)
      expect(await localStorage.size(join(options().folder, path))).toBeUndefined();
    expect(await ids()).toHaveLength(60);
  });

  it('between an erasure and its removal keeps nothing of the erased for readers', async () => {
    const all = events(40);
    const gone = all[0]!.event.profileId;
    const limits = { bufferedRows: 5, compactFiles: 100 };
    await deliver(all, { limits });
    const before = await committed();
    const storage: LakeStorage = {
      ...localStorage,
      async remove(path) {
        if (path.includes('/events/')) throw new Error('the process is gone');
        await localStorage.remove(path);
      },
    };
    await deliver([...all, erasure(gone, 700, START + 8e6)], { limits, storage }).catch(() => undefined);
    await deliver([...all, erasure(gone, 700, START + 8e6)], { limits });
    const left = await committed();
    for (const path of before) {
      if (!left.includes(path)) expect(await localStorage.size(join(options().folder, path))).toBeUndefined();
    }
    expect(before.some((path) => !left.includes(path))).toBe(true);
    expect((await ids()).length).toBeLessThan(40);
  });
});

describe('two writers of one partition', () => {
  it('cannot both commit: the second is told, and nothing is doubled', async () => {
    const all = events(20);
    const lakes = [createEventLake(options()), createEventLake(options())];
    for (const lake of lakes) {
      await lake.start();
      await lake.open(0);
      await lake.append(0, all);
    }
    await lakes[0]!.flush();
    await expect(lakes[1]!.flush()).rejects.toSatisfy((error) => isMarqueeError(error, 'CONFLICT'));
    for (const lake of lakes) await lake.stop().catch(() => undefined);
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
  });
});

describe('asking', () => {
  it('cannot reach beyond the lake, nor change it', async () => {
    await deliver(events(5));
    const outside = join(folder.path, 'secret.csv');
    await writeFile(outside, 'a\n1\n');
    for (const sql of [
      `SELECT * FROM read_csv('${outside}')`,
      `COPY (SELECT 1) TO '${join(folder.path, 'out.csv')}'`,
      "ATTACH 'x.db'",
      'SET enable_external_access = true',
      'INSTALL httpfs',
    ]) {
      await expect(ask(sql), sql).rejects.toSatisfy((error) => isMarqueeError(error, 'BAD_USER_INPUT'));
    }
  });

  it('says when a question needs more memory than it has', async () => {
    await deliver(events(5));
    const reader = await openLake({ ...options(), memoryMegabytes: 32 });
    const question = reader.query("SELECT length(string_agg(md5(i::VARCHAR), '')) FROM range(4000000) t(i)");
    await expect(question).rejects.toSatisfy((error) => isMarqueeError(error, 'OVERLOADED'));
    expect(await reader.query('SELECT count(*)::INTEGER AS n FROM events')).toEqual([{ n: 5 }]);
    await reader.close();
  });

  it('names what is damaged, and what is no lake', async () => {
    await deliver(events(5));
    const reader = await openLake(options());
    const { path } = reader.files[0]!;
    await writeFile(join(options().folder, path), 'no parquet');
    expect(await reader.verify()).toEqual([{ path, problem: expect.stringMatching(/parquet/i) }]);
    await reader.close();
    await expect(openLake({ folder: folder.path })).rejects.toThrow(/holds no event lake/);
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
    const file = join(options().folder, path);
    const damaged = damage(await readFile(file));
    if (damaged === undefined) await rm(file);
    else await writeFile(file, damaged);

    await deliver(all);
    await deliver([...all, erasure('profile-1', 1_000, START + 86_400_000)]);
    const reader = await openLake(options());
    expect((await reader.verify()).map((each) => each.path)).toEqual([path]);
    expect(reader.positions.get(0)).toBe(1_000);
    await reader.close();
    // What can be read has the rest, without what was erased.
    const kept = reader.files.filter((each) => each.path !== path);
    expect(await rowsOf(kept.map((each) => join(options().folder, each.path)))).toEqual(
      all.slice(20).filter(({ event }) => event.profileId !== 'profile-1').length + 1,
    );
  });

  it('a lake with a damaged file answers no question with the rest of it, and says who can help', async () => {
    await deliver(events(5));
    const whole = await openLake(options());
    const { path } = whole.files[0]!;
    await whole.close();
    await rm(join(options().folder, path));
    const reader = await openLake(options());
    await expect(reader.query('SELECT 1')).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    await expect(reader.query('SELECT 1')).rejects.toThrow(/lake -- verify/);
    expect(await reader.verify()).toEqual([{ path, problem: expect.stringMatching(/no files found/i) }]);
    await reader.close();
  });

  describe('a repair', () => {
    const all = events(60);
    const erased = 'profile-1';
    const alive = all.filter(({ event }) => event.profileId !== erased);
    /** As an erasure leaves it; the rest of another partition's is nothing to us. */
    const log = async function* (after: number) {
      const left = [...alive, erasure(erased, 1_000, START + 86_400_000)];
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
      await writeFile(join(options().folder, path), 'no parquet');
      await deliver([...all, erasure(erased, 1_000, START + 86_400_000)]);
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
      await deliver([...all, erasure(erased, 1_000, START + 86_400_000)]);
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
      await expect(lake.flush()).rejects.toMatchObject({ code: 'CONFLICT' });
      await lake.stop();
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
