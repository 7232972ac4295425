import { writeFile } from 'node:fs/promises';
import { type DeliveredEvent, manualClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { migrate, openSqlite } from '@marquee/service-kit/sqlite';
import { eventOf, SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profilesContract } from '../contract.ts';
import { createSqliteProfiles } from './index.ts';
import { sqliteProfileMigrations } from './sqlite-profile-migrations.ts';

type Folder = ReturnType<typeof temporaryFolder>;
let folder: Folder;
let files = 0;

beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const open = (file = folder.file(`profiles-${++files}.sqlite`)) =>
  createSqliteProfiles({ file, clock: manualClock(SAMPLE_INSTANT), logger: silentLogger });

profilesContract('sqlite', open);

describe('sqlite profiles', () => {
  it('know after a restart what they knew before it', async () => {
    const file = folder.file('restart.sqlite');
    const first = open(file);
    await first.start();
    await first.apply([
      { sequence: 7, event: eventOf('LIST_SAVED', { titleId: 't' }, { profileId: 'ada' }) },
    ]);
    await first.stop();
    const second = open(file);
    await second.start();
    expect(await second.checkpoint()).toBe(7);
    expect((await second.myList('ada', { first: 1 })).entries[0]!.entry.titleId).toBe('t');
    await second.stop();
    await second.stop();
  });

  it('apply batches one after the other, also when they are given at once, and each event once', async () => {
    const profiles = open();
    await profiles.start();
    const saves = Array.from({ length: 20 }, (_, index) => ({
      sequence: index + 1,
      event: eventOf('LIST_SAVED', { titleId: `t${index}` }, { profileId: 'ada', occurredAt: 1_000 + index }),
    }));
    const takenBack = {
      sequence: 21,
      event: eventOf('PROFILE_ERASED', {}, { profileId: 'ada', occurredAt: 2_000 }),
    };
    const late = {
      sequence: 22,
      event: eventOf('LIST_SAVED', { titleId: 'late' }, { profileId: 'ada', occurredAt: 1_500 }),
    };
    const outcomes = await Promise.allSettled([
      ...saves.map((save) => profiles.apply([save])),
      profiles.apply(saves),
      profiles.apply([{ sequence: 21, event: { ...takenBack.event, profileId: null as unknown as string } }]),
      profiles.apply([takenBack]),
      profiles.apply([late]),
    ]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await profiles.checkpoint()).toBe(22);
    expect((await profiles.myList('ada', { first: 30 })).entries).toEqual([]);
    await profiles.stop();
  });

  it('refuse a file that is not a database and leave it as it is', async () => {
    const file = folder.file('not-a-database.sqlite');
    await writeFile(file, 'these are not the pages you are looking for'.repeat(50));
    await expect(open(file).start()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('say that they are not open instead of failing strangely', async () => {
    const profiles = open();
    expect(profiles.readiness().ready).toBe(false);
    await expect(profiles.checkpoint()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await profiles.stop();
  });

  it('apply batches of 10,000 events while the event loop keeps turning', async () => {
    const profiles = open();
    await profiles.start();
    const batch = (from: number): DeliveredEvent[] =>
      Array.from({ length: 10_000 }, (_, index) => ({
        sequence: from + index + 1,
        event: eventOf(
          'PLAY_PROGRESS',
          {
            titleId: `title-${(index * 7_919) % 3_200}`,
            watchedSeconds: index % 5_000,
            positionSeconds: index % 5_000,
          },
          { profileId: `profile-${index % 2_000}`, occurredAt: SAMPLE_INSTANT + from + index },
        ),
      }));
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    turn();
    for (let from = 0; from < 30_000; from += 10_000) await profiles.apply(batch(from));
    running = false;
    // One turn per chunk of folding and writing at the least.
    expect(turns).toBeGreaterThan(3 * 8);
    expect(await profiles.checkpoint()).toBe(30_000);
    expect((await profiles.history('profile-0', { first: 100 })).entries).toHaveLength(5);
    await profiles.stop();
  });

  it('go on where a log without partitions had come to', async () => {
    const file = folder.file('before-partitions.sqlite');
    const database = await openSqlite<{ projection_checkpoint: { sequence: number } }>({ file });
    await migrate(database, { '001_profiles': sqliteProfileMigrations['001_profiles']! });
    await database.writer.updateTable('projection_checkpoint').set({ sequence: 42 }).execute();
    await database.close();
    const profiles = open(file);
    await profiles.start();
    expect(await profiles.checkpoint()).toBe(42);
    expect(await profiles.checkpoint(1)).toBe(0);
    await profiles.stop();
  });
});
