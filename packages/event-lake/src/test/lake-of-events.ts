/** A lake that holds these events and nothing else, open for questions: for tests of what is asked of one. */
import type { DeliveredEvent, MarqueeEvent } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { onTestFinished } from 'vitest';
import { createEventLake } from '../event-lake.ts';
import { type LakeReader, openLake } from '../lake-reader.ts';

/** @param at instant of the writing, epoch milliseconds. Closed and removed when the test that asked for it has ended. */
export async function lakeOfEvents(events: readonly MarqueeEvent[], at: number): Promise<LakeReader> {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const lake = createEventLake({
    folder: folder.file('lake'),
    clock: { now: () => at },
    logger: silentLogger,
    tickMs: 0,
    memoryMegabytes: 64,
  });
  await lake.start();
  await lake.open(0);
  await lake.append(
    0,
    events.map((event, i): DeliveredEvent => ({ sequence: i + 1, event })),
  );
  await lake.stop();
  const reader = await openLake({ folder: folder.file('lake') });
  // Hooks run in reverse order: closed before its folder goes.
  onTestFinished(() => reader.close());
  return reader;
}
