import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createEventLake, type EventLakeOptions, localStorage, openLake } from '@marquee/event-lake';
import { type Metrics, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { eventOf, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLakeWriter } from './index.ts';

const DEADLINE_MS = 10_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const lakeFolder = () => join(folder.path, 'lake');

async function running(options: Pick<EventLakeOptions, 'limits' | 'storage'> & { metrics?: Metrics } = {}) {
  const common = { clock: systemClock, logger: silentLogger };
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), ...common });
  const lake = createEventLake({
    folder: lakeFolder(),
    ...common,
    memoryMegabytes: 128,
    tickMs: 0,
    ...options,
  });
  const { metrics } = options;
  const writer = createLakeWriter({ bus, lake, logger: silentLogger, ...(metrics && { metrics }) });
  const components = [lake, bus, writer];
  await startAll(components, silentLogger);
  return { bus, lake, writer, stop: () => stopAll(components, silentLogger, DEADLINE_MS) };
}

const plays = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) =>
    eventOf(
      'PLAY_STOP',
      { titleId: 't1', watchedSeconds: 300 },
      { eventId: `play-${from + i}`, profileId: `p${i % 7}` },
    ),
  );

async function idsInLake(): Promise<string[]> {
  const reader = await openLake({ folder: lakeFolder() });
  const rows = await reader.query('SELECT event_id FROM events ORDER BY sequence');
  await reader.close();
  return rows.map(({ event_id }) => String(event_id));
}

describe('the lake writer', () => {
  it('goes on past a file that cannot be read, and its metrics tell of it and of erasures that wait for it', async () => {
    const first = await running();
    await first.bus.publish(plays(14));
    await first.stop();
    const reader = await openLake({ folder: lakeFolder() });
    await reader.close();
    for (const { path } of reader.files) truncateSync(join(lakeFolder(), path), 30);
    const metrics = createMetrics('lake-writer');
    const second = await running({ metrics });
    const [ack] = await second.bus.publish([eventOf('PROFILE_ERASED', {}, { profileId: 'p1' })]);
    expect(await second.writer.settled(ack!, DEADLINE_MS)).toBe(true);
    await second.lake.flush();
    const { body } = await metrics.exposition();
    await second.stop();
    expect(body).toMatch(new RegExp(`^marquee_lake_unreadable_files\\{.*\\} ${reader.files.length}$`, 'm'));
    expect(body).toMatch(/^marquee_lake_waiting_erasures\{.*\} 1$/m);
  });

  it('what was not durable when it ended comes from the log again, and the rest does not', async () => {
    const first = await running();
    const acks = await first.bus.publish(plays(30));
    for (const ack of acks) expect(await first.writer.settled(ack, DEADLINE_MS)).toBe(true);
    await first.lake.flush();
    const more = await first.bus.publish(plays(10, 30));
    for (const ack of more) expect(await first.writer.settled(ack, DEADLINE_MS)).toBe(true);
    expect(await idsInLake()).toHaveLength(30);
    await first.stop();
    // Ended in order: what was buffered is written.
    expect(await idsInLake()).toHaveLength(40);

    const second = await running();
    await second.bus.publish([...plays(5, 38)]);
    await second.stop();
    expect(await idsInLake()).toEqual(Array.from({ length: 43 }, (_, i) => `play-${i}`));
  });

  it('ends at once and cleanly in the middle of a backlog on a slow disk, which the next one takes up', async () => {
    const disk = Promise.withResolvers<void>();
    let asked = 0;
    const storage = {
      ...localStorage,
      async publish(temporary: string, path: string) {
        if (++asked > 2) await disk.promise;
        await localStorage.publish(temporary, path);
      },
    };
    const first = await running({ storage, limits: { bufferedRows: 20, closeWithinMs: 50 } });
    await first.bus.publish(plays(400));
    await waitUntil(() => asked === 3, { deadlineMs: DEADLINE_MS });
    const stopping = first.stop();
    disk.resolve();
    expect(await stopping).toEqual([]);
    const written = (await idsInLake()).length;
    expect(written).toBeGreaterThanOrEqual(40);
    expect(written).toBeLessThan(400);

    const second = await running();
    await waitUntil(() => second.lake.buffered() === 400 - written, { deadlineMs: DEADLINE_MS });
    expect(await second.stop()).toEqual([]);
    expect(await idsInLake()).toEqual(Array.from({ length: 400 }, (_, i) => `play-${i}`));
  }, 30_000);

  it("an erased profile's rows leave the lake when its erasure reaches it", async () => {
    const { bus, writer, lake, stop } = await running();
    await bus.publish(plays(21));
    const [ack] = await bus.publish([
      eventOf('PROFILE_ERASED', {}, { profileId: 'p3', occurredAt: Date.now() }),
    ]);
    expect(await writer.settled(ack!, DEADLINE_MS)).toBe(true);
    await lake.flush();
    await stop();
    const reader = await openLake({ folder: lakeFolder() });
    expect(await reader.query("SELECT DISTINCT type FROM events WHERE profile_id = 'p3'")).toEqual([
      { type: 'PROFILE_ERASED' },
    ]);
    await reader.close();
  });
});
