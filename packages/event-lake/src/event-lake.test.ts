import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type DeliveredEvent, type MarqueeEvent } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { createEventLake } from './event-lake.ts';
import { openLake } from './lake-reader.ts';
import { type LakeStorage, localStorage } from './storage.ts';
import {
  ask,
  besideTheLake,
  deliver,
  eachOnItsOwnLake,
  erasure,
  events,
  ids,
  LAKE_STARTS,
  options,
} from './test/lake-on-disk.ts';

eachOnItsOwnLake();

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
      sequence: 80,
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
      clock: { now: () => LAKE_STARTS + 3_600_000 },
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
    await lake.append(0, [erasure(gone, 1e6, LAKE_STARTS + 1e10)]);
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
      event: {
        ...all[0]!.event,
        eventId: 'new-life',
        occurredAt: LAKE_STARTS + 9e6,
        receivedAt: LAKE_STARTS + 9e6,
      },
    };
    await deliver([...all, erasure(gone, 1_500, LAKE_STARTS + 8e6), after]);
    const expected = all.filter(({ event }) => event.profileId !== gone).map(({ event }) => event.eventId);
    expect(await ids()).toEqual([...expected, `erase-${gone}-1500`, 'new-life']);
  });

  it('what arrives later but happened before is not taken in, also after a restart', async () => {
    const all = events(30);
    const gone = all[0]!.event.profileId;
    const erased = erasure(gone, 1_500, LAKE_STARTS + 8e6);
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
    const outside = besideTheLake('secret.csv');
    await writeFile(outside, 'a\n1\n');
    for (const sql of [
      `SELECT * FROM read_csv('${outside}')`,
      `COPY (SELECT 1) TO '${besideTheLake('out.csv')}'`,
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
});
