import { writeFile } from 'node:fs/promises';
import { type DeliveredEvent, manualClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profilesContract } from '../contract.ts';
import { createSqliteProfiles } from './index.ts';

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

  it('take all of a batch or none of it', async () => {
    const profiles = open();
    await profiles.start();
    const broken = { sequence: 2, event: eventOf('TITLE_HIDDEN', { titleId: null as unknown as string }) };
    const sound = { sequence: 1, event: eventOf('PERSON_FOLLOWED', { personId: 'varda' }) };
    await expect(profiles.apply([sound, broken])).rejects.toThrow();
    expect(await profiles.checkpoint()).toBe(0);
    expect(await profiles.follows('profile-1')).toEqual([]);
    await profiles.apply([sound]);
    expect(await profiles.follows('profile-1')).toEqual(['varda']);
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
});
