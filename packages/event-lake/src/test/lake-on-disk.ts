/** The folder of a lake that a test writes, closes, damages and opens again; another one for each test. */
import { join } from 'node:path';
import { createRandom, type DeliveredEvent, type MarqueeEvent } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach } from 'vitest';
import { createEventLake, type EventLakeOptions } from '../event-lake.ts';
import { openLake } from '../lake-reader.ts';

/** What the clock of its writers says. */
export const LAKE_STARTS = Date.UTC(2026, 2, 1, 10, 55);

let folder: ReturnType<typeof temporaryFolder>;

/** Once in a file of tests, before its first one. */
export function eachOnItsOwnLake(): void {
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
}

/** Begins anew within a test. */
export async function emptyLake(): Promise<void> {
  await folder.remove();
  folder = temporaryFolder();
}

/** Beside the lake, or the folder of both. */
export const besideTheLake = (name = ''): string => join(folder.path, name);
export const inTheLake = (path: string): string => join(options().folder, path);

export const clock = { now: () => LAKE_STARTS };
export const options = (overrides: Partial<EventLakeOptions> = {}): EventLakeOptions => ({
  folder: join(folder.path, 'lake'),
  clock,
  logger: silentLogger,
  tickMs: 0,
  memoryMegabytes: 128,
  ...overrides,
});

/** A minute apart from 10:55, so that hours change; a few profiles. */
export function events(count: number, seed = 1): DeliveredEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    sequence: 10 * (i + 1),
    event: {
      eventId: `event-${seed}-${i}`,
      type: 'PLAY_STOP',
      schemaVersion: 1,
      occurredAt: LAKE_STARTS + i * 60_000,
      receivedAt: LAKE_STARTS + i * 60_000,
      profileId: `profile-${random.integer(5)}`,
      position: 3,
      assignments: { ranker: 'b' },
      payload: { titleId: `title-${random.integer(50)}`, watchedSeconds: random.integer(5_000) },
    } satisfies MarqueeEvent,
  }));
}

export function erasure(profileId: string, sequence: number, at: number): DeliveredEvent {
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
export async function deliver(
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

export async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const reader = await openLake(options());
  try {
    return await reader.query(sql);
  } finally {
    await reader.close();
  }
}

export async function committed(): Promise<readonly string[]> {
  const reader = await openLake(options());
  await reader.close();
  return reader.files.map(({ path }) => path);
}

export const ids = async (): Promise<string[]> =>
  (await ask('SELECT event_id FROM events ORDER BY sequence')).map(({ event_id }) => String(event_id));
