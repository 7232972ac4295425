import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createEventLake, openLake } from '@marquee/event-lake';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLakeWriter } from './index.ts';

const DEADLINE_MS = 10_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const lakeFolder = () => join(folder.path, 'lake');

async function running() {
  const common = { clock: systemClock, logger: silentLogger };
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), ...common });
  const lake = createEventLake({ folder: lakeFolder(), ...common, memoryMegabytes: 128, tickMs: 0 });
  const writer = createLakeWriter({ bus, lake, logger: silentLogger });
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
