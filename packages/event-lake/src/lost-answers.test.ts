/** A disk that says no, also where it has done what it was asked for: the writer lives on, and has to find out. */
import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEventLake, type EventLake, type EventLakeOptions } from './event-lake.ts';
import { type LakeStorage, localStorage } from './storage.ts';
import { ask, eachOnItsOwnLake, erasure, events, ids, LAKE_STARTS, options } from './test/lake-on-disk.ts';

eachOnItsOwnLake();

/** Rows as the log has them: what is there twice counts twice. */
const rows = async (): Promise<number> =>
  Number((await ask('SELECT count(*) AS n FROM stored_events'))[0]!.n);

async function writing(overrides: Partial<EventLakeOptions>): Promise<EventLake> {
  const lake = createEventLake(options(overrides));
  onTestFinished(() => lake.stop());
  await lake.start();
  await lake.open(0);
  return lake;
}

/** Fails once at the first commit whose name ends so, having made it or not. */
function failingOnce(end: string, made: boolean): { storage: LakeStorage; failed: () => boolean } {
  let failed = false;
  const storage: LakeStorage = {
    ...localStorage,
    async writeNew(path, text) {
      if (failed || !path.endsWith(end)) return localStorage.writeNew(path, text);
      failed = true;
      if (made) await localStorage.writeNew(path, text);
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    },
  };
  return { storage, failed: () => failed };
}

describe('a commit that the disk refuses', () => {
  it.each([false, true])(
    'is the disk’s fault, and tried again by who lives on (made all the same: %s)',
    async (made) => {
      const all = events(30);
      const { storage } = failingOnce('02.json', made);
      const lake = await writing({ storage });
      await lake.append(0, all.slice(0, 10));
      await lake.flush();
      await lake.append(0, all.slice(10, 20));
      // Nothing that the events have done: they must not become dead letters.
      await expect(lake.flush()).rejects.toSatisfy((error) =>
        isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE'),
      );
      await lake.append(0, all.slice(20));
      await lake.flush();
      expect(lake.position(0)).toBe(300);
      expect(lake.buffered()).toBe(0);
      expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
      expect(await rows()).toBe(30);
    },
  );

  it('doubles no row where it is the checkpoint of commits that were made', async () => {
    const all = events(80);
    const { storage, failed } = failingOnce('.checkpoint.json', false);
    const lake = await writing({ storage, limits: { bufferedRows: 1, compactFiles: 1_000 } });
    for (const one of all) await lake.append(0, [one]).catch(() => undefined);
    await lake.flush();
    expect(failed()).toBe(true);
    expect(await rows()).toBe(80);
  });

  it('forgets no erasure in the files that can be read', async () => {
    const all = events(30);
    const gone = all[0]!.event.profileId;
    const { storage } = failingOnce('03.json', false);
    const lake = await writing({ storage });
    await lake.append(0, all);
    await lake.flush();
    await lake.append(0, [erasure(gone, 1_000, LAKE_STARTS + 86_400_000)]);
    await expect(lake.flush()).rejects.toSatisfy((error) => isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE'));
    await lake.flush();
    expect(await ask(`SELECT type FROM events WHERE profile_id = '${gone}'`)).toEqual([
      { type: 'PROFILE_ERASED' },
    ]);
  });
});

describe('one partition that cannot be written', () => {
  it('holds up no other', async () => {
    const all = events(10);
    const lake = await writing({
      storage: {
        ...localStorage,
        async writeNew(path, text) {
          if (path.includes('p000')) throw new Error('EIO: i/o error');
          return localStorage.writeNew(path, text);
        },
      },
    });
    await lake.open(1);
    await lake.append(0, all);
    await lake.append(1, all);
    await expect(lake.flush()).rejects.toSatisfy((error) => isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE'));
    expect([lake.position(0), lake.position(1)]).toEqual([0, 100]);
  });
});

describe('a writer that somebody else has overtaken', () => {
  it('is told, and doubles nothing when the log hands it what the other has written', async () => {
    const all = events(30);
    const [ours, theirs] = [await writing({}), await writing({})];
    await ours.append(0, all.slice(0, 10));
    await theirs.append(0, all.slice(0, 20));
    await theirs.flush();
    await expect(ours.flush()).rejects.toSatisfy((error) => isMarqueeError(error, 'CONFLICT'));
    await ours.append(0, all.slice(10));
    await ours.flush();
    expect(await ids()).toEqual(all.map(({ event }) => event.eventId));
    expect(await rows()).toBe(30);
  });
});
