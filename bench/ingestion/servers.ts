/** What the benchmark measures on: Redis, NATS and PostgreSQL of this machine, filled with the sample titles. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from '@marquee/catalogue';
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import { systemClock, type Title } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import type { KeyValueStore } from '@marquee/feature-store';
import { createRedisStore } from '@marquee/feature-store/redis';
import { storeSlotGroupOf } from '@marquee/features';
import {
  type LocalServer,
  startLocalNats,
  startLocalPostgres,
  startLocalRedis,
} from '@marquee/local-servers';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import { buildSampleCatalogue } from '@marquee/sample-world';
import { type Component, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';

export interface MeasuredServers {
  /** How processes are told of them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly local: Readonly<Record<'redis' | 'nats' | 'postgres', LocalServer>>;
  /** This process's own ways to them. */
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly titles: readonly Title[];
  readonly partitions: number;
  stop(): Promise<void>;
}

const PUT_BATCH = 500;
/** For refused credentials and the like, which a server started a moment ago has none of. */
const START_WITHIN_MS = 20_000;

/**
 * @param durable whether Redis syncs every write to the disk; else it keeps nothing there.
 */
export async function startMeasuredServers(
  folder: string,
  partitions: number,
  durable: boolean,
): Promise<MeasuredServers> {
  const folderOf = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.stop();
  };
  const started = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    running.push(one);
    return one;
  };
  try {
    const redis = await started(startLocalRedis({ folder: await folderOf('redis'), durable }));
    const nats = await started(startLocalNats({ folder: await folderOf('nats') }));
    const postgres = await started(startLocalPostgres({ folder: await folderOf('postgres') }));
    const store = createRedisStore({
      url: redis.url,
      keyPrefix: 'marquee:',
      slotGroupOf: storeSlotGroupOf(partitions),
      startWithinMs: START_WITHIN_MS,
      // The judge waits; what it measures must not.
      commandTimeoutMs: 10_000,
      logger: silentLogger,
    });
    const bus = createNatsEventBus({
      servers: [nats.url],
      partitions,
      spoolFile: join(folder, 'spool', 'bench', 'events.sqlite'),
      startWithinMs: START_WITHIN_MS,
    });
    await startAll([store, bus], silentLogger);
    running.push({ stop: () => stopAll([store, bus], silentLogger, 10_000).then(() => undefined) });
    const environment = {
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      POSTGRES_URL: postgres.url,
      MARQUEE_PARTITIONS: `${partitions}`,
    };
    const titles = await putTitles(postgres.url);
    return { environment, local: { redis, nats, postgres }, bus, store, titles, partitions, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The tables of the projector, and the sample titles. */
async function putTitles(url: string): Promise<readonly Title[]> {
  const postgres = createPostgres({ url, applicationName: 'marquee-bench', logger: silentLogger });
  const catalogue: Catalogue = createPostgresCatalogue({ postgres, clock: systemClock });
  const components: Component[] = [
    postgres,
    catalogue,
    createPostgresProfiles({ postgres, clock: systemClock }),
  ];
  await startAll(components, silentLogger);
  try {
    const { titles, people, genres } = buildSampleCatalogue({ now: Date.now() });
    await catalogue.put({ genres });
    for (let from = 0; from < people.length; from += PUT_BATCH) {
      await catalogue.put({ people: people.slice(from, from + PUT_BATCH) });
    }
    for (let from = 0; from < titles.length; from += PUT_BATCH) {
      await catalogue.put({ titles: titles.slice(from, from + PUT_BATCH) });
    }
    return titles;
  } finally {
    await stopAll(components, silentLogger, 10_000);
  }
}
