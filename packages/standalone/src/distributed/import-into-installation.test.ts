/** Importing into an installation whose servers and workers run: real servers, the product's own workers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { systemClock } from '@marquee/domain';
import { createFeatureMaterializer } from '@marquee/feature-materializer';
import { createTitleFollower, profileStateView, titlePopularityView } from '@marquee/features';
import { startLocalNats, startLocalPostgres, startLocalRedis } from '@marquee/local-servers';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { createProfileProjector } from '@marquee/profile-projector';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { describeOnServer, SAMPLE_INSTANT, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { loadDistributedConfig } from '../config.ts';
import { distributedBroadcast, distributedDeps } from '../deps.ts';
import { importIntoInstallation } from './import-into-installation.ts';

const context = {
  clock: systemClock,
  logger: silentLogger,
  progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
  stalledAfterMs: 1_500,
};
const title = (id: string) => JSON.stringify({ id, name: id, genres: ['Drama'], runtimeMinutes: 100 });
const event = (eventId: string, type: string, titleId: string, more: object = {}) =>
  JSON.stringify({
    eventId,
    type,
    titleId,
    profileId: 'ada',
    occurredAt: new Date(SAMPLE_INSTANT).toISOString(),
    ...more,
  });

describeOnServer('postgres', 'importing into an installation that runs', () => {
  const folder = temporaryFolder();
  const servers: { stop(): Promise<void> }[] = [];
  let environment: Record<string, string>;

  beforeAll(async () => {
    const own = async (name: string) => {
      await mkdir(folder.file(name));
      return { folder: folder.file(name) };
    };
    const [nats, redis, postgres] = await Promise.all([
      startLocalNats(await own('nats')),
      startLocalRedis(await own('redis')),
      startLocalPostgres(await own('postgres')),
    ]);
    servers.push(nats, redis, postgres);
    environment = {
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
      POSTGRES_URL: postgres.url,
      MARQUEE_PARTITIONS: '2',
    };
  }, 60_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await folder.remove();
  });

  const configOf = (name: string) =>
    loadDistributedConfig({ ...environment, MARQUEE_SPOOL_DIR: folder.file(name) });

  async function file(name: string, lines: readonly string[]): Promise<{ file: string }> {
    await writeFile(folder.file(name), lines.join('\n'));
    return { file: folder.file(name) };
  }

  async function runningWorkers() {
    const deps = distributedDeps({ servers: configOf('workers'), ...context, rankerThreads: 1 });
    const workers = [
      createTitleFollower(deps),
      createProfileProjector(deps),
      createFeatureMaterializer(deps, { refreshEveryMs: 0 }),
    ];
    const components = [
      ...(deps.connections ?? []),
      deps.store,
      deps.catalogue,
      deps.profiles,
      deps.bus,
      ...workers,
    ];
    await startAll(components, silentLogger);
    onTestFinished(async () => void (await stopAll(components, silentLogger, 10_000)));
    return deps;
  }

  it('is refused before the installation is filled, adds what is new and nothing twice, and says who has it', async () => {
    const bring = (what: 'catalogue' | 'events', options: { file: string }) =>
      importIntoInstallation({ ...context, servers: configOf('import'), what, options });
    const titles = await file('titles.jsonl', ['t1', 't2', 't3'].map(title));
    await expect(bring('catalogue', titles)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const broadcast = distributedBroadcast({ servers: configOf('prepare'), logger: silentLogger });
    await broadcast.start();
    await broadcast.put(RANKING_MODEL_KEY, 'model-1');
    await broadcast.stop();
    expect(await bring('catalogue', titles)).toMatchObject({ added: 3, rejected: 0, handled: true });

    // Nobody works: what was added is safe, and that is said instead of waiting for ever.
    const first = await file('first.jsonl', [
      event('e1', 'IMPRESSION', 't1'),
      event('e2', 'PLAY_STOP', 't1', { watchedSeconds: 3_000 }),
      event('e2', 'PLAY_STOP', 't1', { watchedSeconds: 3_000 }),
      event('e3', 'IMPRESSION', 'no-such-title'),
    ]);
    expect(await bring('events', first)).toEqual({ added: 2, known: 1, rejected: 1, handled: false });

    const { bus, store, profiles } = await runningWorkers();
    await waitUntil(async () => (await profiles.history('ada', { first: 5 })).entries.length === 1, {
      deadlineMs: 15_000,
    });

    // While they run: rows and features are there when the import is done.
    const more = await file('more.jsonl', [
      event('e1', 'IMPRESSION', 't1'),
      event('e2', 'PLAY_STOP', 't1', { watchedSeconds: 3_000 }),
      event('e4', 'IMPRESSION', 't2', { profileId: 'ben' }),
      event('e5', 'LIST_SAVED', 't2'),
    ]);
    expect(await bring('events', more)).toEqual({ added: 2, known: 2, rejected: 0, handled: true });
    const end = await bus.lastSequence();
    expect(await bring('events', more)).toEqual({ added: 0, known: 4, rejected: 0, handled: true });
    expect(await bus.lastSequence()).toBe(end);

    expect((await profiles.myList('ada', { first: 5 })).entries.map(({ entry }) => entry.titleId)).toEqual([
      't2',
    ]);
    const [ada, ben] = (await store.getMany(['ada', 'ben'].map((id) => profileStateView.key(id)))).map(
      (blob) => profileStateView.decode(blob),
    );
    expect(ada).toMatchObject({
      myList: [{ titleId: 't2' }],
      history: [{ titleId: 't1' }],
      qualifiedWatches: 1,
    });
    expect(ben!.impressions.t2!.count).toBe(1);
    await waitUntil(async () => (await store.getMany([titlePopularityView.key('t1')]))[0] !== undefined);
  }, 60_000);
});
