import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeEventBusContract } from '../contract.ts';
import { createSqliteEventBus } from './index.ts';

describeEventBusContract('sqlite', () => {
  const folder = temporaryFolder();
  return {
    open: (options) =>
      createSqliteEventBus({ file: folder.file('events.db'), firstRetryMs: 1, maxRetryMs: 5, ...options }),
    dispose: () => folder.remove(),
  };
});

describe('the SQLite event bus', () => {
  it('loses no acknowledged event when its process is killed', { timeout: 30_000 }, async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('events.db');
    const script = fileURLToPath(new URL('./test/publish-until-killed.ts', import.meta.url));
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [script, file, `round-${round}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let seen = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const [eventId, sequence] = line.split(' ');
        if (sequence === undefined) continue;
        acknowledged.set(eventId!, Number(sequence));
        if (++seen === 40) child.kill('SIGKILL');
      }
      expect((await exited)[1]).toBe('SIGKILL');
    }
    const bus = createSqliteEventBus({ file });
    await bus.start();
    const stored = new Map<string, number>();
    for await (const batch of bus.replay()) {
      for (const { event, sequence } of batch) stored.set(event.eventId, sequence);
    }
    await bus.stop();
    expect(acknowledged.size).toBeGreaterThanOrEqual(80);
    for (const [eventId, sequence] of acknowledged) expect(stored.get(eventId)).toBe(sequence);
  });

  it('hands large events over a few at a time, and leaves none out', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const bus = createSqliteEventBus({ file: folder.file('events.db') });
    await bus.start();
    onTestFinished(() => bus.stop());
    // One that is larger than a whole read, among many.
    const sizes = [10, 6_000_000, ...Array.from({ length: 200 }, () => 100_000), 10];
    const events = sizes.map((size, i) =>
      eventOf('PLAY_STOP', { titleId: 'x'.repeat(size), watchedSeconds: 1 }, { eventId: `e${i}` }),
    );
    const acks = await bus.publish(events);
    const batches: string[][] = [];
    const consumer = bus.subscribe({
      name: 'reader',
      batchSize: 1_000,
      async handle(batch) {
        batches.push(batch.map(({ event }) => event.eventId));
      },
    });
    await consumer.start();
    expect(await consumer.settled(acks.at(-1)!, 10_000)).toBe(true);
    expect(batches.flat()).toEqual(events.map(({ eventId }) => eventId));
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThan(50);
    const replayed: string[] = [];
    for await (const batch of bus.replay({ batchSize: 1_000 })) {
      replayed.push(...batch.map(({ event }) => event.eventId));
    }
    expect(replayed).toEqual(batches.flat());
  });

  it('refuses a file that is not its log, by name, and leaves it as it was', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('events.db');
    writeFileSync(file, 'not a database '.repeat(500));
    const bus = createSqliteEventBus({ file });
    await expect(bus.start()).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(file),
    });
    await bus.stop();
  });

  it('tells of damage inside an event by file and sequence when it reads it', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('events.db');
    const bus = createSqliteEventBus({ file });
    await bus.start();
    const events = ['one', 'two'].map((titleId) => eventOf('LIST_SAVED', { titleId }));
    await bus.publish(events);
    await bus.stop();
    const database = new DatabaseSync(file);
    database.exec(
      `update events set body = replace(body, '"titleId":"two"', '"titleId:"two"') where sequence = 2`,
    );
    database.close();
    const damaged = createSqliteEventBus({ file });
    await damaged.start();
    const replayed = (async () => {
      for await (const _ of damaged.replay());
    })();
    await expect(replayed).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: `database ${file} is damaged: event 2 cannot be read`,
    });
    await damaged.stop();
  });

  it('refuses a folder that does not exist', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const bus = createSqliteEventBus({ file: folder.file('missing/events.db') });
    await expect(bus.start()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  });
});
