import { manualClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { type LocalServer, startLocalPostgres } from '@marquee/local-servers';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { describeOnServer, eventOf, SAMPLE_INSTANT, temporaryFolder, waitUntil } from '@marquee/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfileProjector } from './index.ts';

describeOnServer('postgres', 'the profile projector on PostgreSQL', () => {
  const folder = temporaryFolder();
  const log = temporaryFolder();
  let server: LocalServer;

  beforeAll(async () => {
    server = await startLocalPostgres({ folder: folder.path });
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
    await log.remove();
  });

  it('holds a slow or absent database against no event: all are applied in the end, none is a dead letter', async () => {
    const clock = manualClock(SAMPLE_INSTANT);
    const common = { url: server.url, logger: silentLogger };
    const postgres = createPostgres({ ...common, lockTimeoutMs: 50 });
    const other = createPostgres(common);
    const profiles = createPostgresProfiles({ postgres, clock });
    const bus = createSqliteEventBus({ file: log.file('events.sqlite'), clock, logger: silentLogger });
    const projector = createProfileProjector({ bus, profiles, logger: silentLogger });
    const components = [postgres, other, profiles, bus, projector];
    await startAll(components, silentLogger);
    const save = (titleId: string) => eventOf('LIST_SAVED', { titleId }, { profileId: 'ada' });
    try {
      const [first] = await bus.publish([save('t1')]);
      expect(await projector.settled(first!, 5_000)).toBe(true);

      // Slow: somebody holds the partition's checkpoint for longer than many deliveries take.
      const held = Promise.withResolvers<void>();
      const holding = other
        .database()
        .transaction()
        .execute(async (transaction) => {
          await sql`select from projection_checkpoints for update`.execute(transaction);
          await held.promise;
        });
      const [second] = await bus.publish([save('t2')]);
      await waitUntil(() => projector.readiness().detail?.includes('lock'), { what: 'trouble to be told' });
      held.resolve();
      await holding;
      expect(await projector.settled(second!, 10_000)).toBe(true);

      // Away.
      await server.stop();
      const [third] = await bus.publish([save('t3')]);
      expect(await projector.settled(third!, 300)).toBe(false);
      await server.start();
      expect(await projector.settled(third!, 15_000)).toBe(true);

      expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
      expect((await profiles.myList('ada', { first: 10 })).entries).toHaveLength(3);
      expect(await profiles.checkpoint()).toBe(third!.sequence);
    } finally {
      await stopAll(components, silentLogger, 5_000);
    }
  });
});
