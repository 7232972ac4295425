import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLake } from './lake-reader.ts';
import { type LakeStorage, localStorage } from './storage.ts';
import {
  committed,
  deliver,
  eachOnItsOwnLake,
  emptyLake,
  erasure,
  events,
  ids,
  inTheLake,
  LAKE_STARTS,
  options,
} from './test/lake-on-disk.ts';

eachOnItsOwnLake();

const CHANGES = new Set([
  'mark',
  'makeFolder',
  'writeNew',
  'publish',
  'remove',
] satisfies (keyof LakeStorage)[] as string[]);

describe('a crash', () => {
  /** Fails from the n-th step on, as a process that is gone does; the step itself may have happened or not. */
  function mortal(steps: number, afterwards: boolean): { storage: LakeStorage; died: () => boolean } {
    let left = steps;
    let dead = false;
    const guard =
      <A extends unknown[], R>(name: string, step: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (dead) throw new Error('the process is gone');
        // To die at a read leaves what to die before the next change leaves.
        if (!CHANGES.has(name) || left-- > 0) return step(...args);
        dead = true;
        if (afterwards) await step(...args);
        throw new Error('the process is gone');
      };
    const entries = Object.entries(localStorage).map(([name, step]) => [name, guard(name, step)]);
    return { storage: Object.fromEntries(entries) as LakeStorage, died: () => dead };
  }

  it.each([false, true])(
    'at any step loses nothing and doubles nothing (the step done: %s)',
    async (afterwards) => {
      const before = events(40);
      const gone = before[0]!.event.profileId;
      const all = [...before, erasure(gone, 700, LAKE_STARTS + 8e6)];
      const expected = before
        .filter(({ event }) => event.profileId !== gone)
        .map(({ event }) => event.eventId);
      const limits = { bufferedRows: 15, compactFiles: 2 };
      for (let steps = 1; ; steps++) {
        await emptyLake();
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
    await localStorage.mark(stray, LAKE_STARTS - 2 * 3_600_000);
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
    const hoursLater = { now: () => LAKE_STARTS + 2 * 3_600_000 };
    await deliver(all, { ...compacting, clock: hoursLater });
    for (const { path } of files) expect(await localStorage.size(inTheLake(path))).toBeUndefined();
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
    await deliver([...all, erasure(gone, 700, LAKE_STARTS + 8e6)], { limits, storage }).catch(
      () => undefined,
    );
    await deliver([...all, erasure(gone, 700, LAKE_STARTS + 8e6)], { limits });
    const left = await committed();
    for (const path of before) {
      if (!left.includes(path)) expect(await localStorage.size(inTheLake(path))).toBeUndefined();
    }
    expect(before.some((path) => !left.includes(path))).toBe(true);
    expect((await ids()).length).toBeLessThan(40);
  });
});
