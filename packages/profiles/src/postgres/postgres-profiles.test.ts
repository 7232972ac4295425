import { type DeliveredEvent, manualClock } from '@marquee/domain';
import { type LocalServer, startLocalPostgres } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { createPostgres, type Postgres } from '@marquee/service-kit/postgres';
import { describeOnServer, eventOf, SAMPLE_INSTANT, temporaryFolder, waitUntil } from '@marquee/testkit';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { profilesContract } from '../contract.ts';
import type { Profiles } from '../index.ts';
import { createPostgresProfiles } from './index.ts';

describeOnServer('postgres', 'the profiles on PostgreSQL', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  let schemas = 0;
  const started: Postgres[] = [];

  beforeAll(async () => {
    server = await startLocalPostgres({ folder: folder.path });
  });
  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
  });

  /** What one process has: a pool of its own over a schema, by default an empty one. */
  async function connected(schema = `test_${++schemas}`): Promise<Postgres> {
    const postgres = createPostgres({
      url: server.url,
      schema,
      logger: silentLogger,
      statementTimeoutMs: 2_000,
      connectTimeoutMs: 1_000,
    });
    started.push(postgres);
    await postgres.start();
    return postgres;
  }
  async function opened(schema?: string): Promise<Profiles> {
    const profiles = createPostgresProfiles({
      postgres: await connected(schema),
      clock: manualClock(SAMPLE_INSTANT),
    });
    await profiles.start();
    return profiles;
  }

  /** Plays of 500 profiles; the event with sequence n watches for n seconds. */
  const plays = (from: number, count: number): DeliveredEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      sequence: from + index + 1,
      event: eventOf(
        'PLAY_STOP',
        { titleId: `title-${(from + index) % 997}`, watchedSeconds: from + index + 1 },
        { profileId: `profile-${(from + index) % 500}`, occurredAt: SAMPLE_INSTANT + from + index },
      ),
    }));
  /** All processes of the server but its first: those that hold our connections, and its own workers. */
  const backends = async (postgres: Postgres): Promise<readonly number[]> => {
    const activity = sql<{ pid: number }>`select pid from pg_stat_activity`;
    return (await activity.execute(postgres.database())).rows.map(({ pid }) => pid);
  };
  const signalAll = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of [server.pid, ...pids]) {
      try {
        process.kill(pid, signal);
      } catch {
        // Ended by itself meanwhile.
      }
    }
  };
  const rows = async (postgres: Postgres) => {
    const { rows: counted } = await sql<{ count: number }>`select count(*) from title_states`.execute(
      postgres.database(),
    );
    return counted[0]!.count;
  };

  profilesContract('postgres', async () =>
    createPostgresProfiles({ postgres: await connected(), clock: manualClock(SAMPLE_INSTANT) }),
  );

  describe('several processes', () => {
    it('that start at once on an empty schema migrate it once', async () => {
      const schema = `test_${++schemas}`;
      const all = await Promise.all(Array.from({ length: 5 }, () => opened(schema)));
      await all[0]!.apply(plays(0, 1));
      for (const profiles of all) expect(await profiles.checkpoint()).toBe(1);
    });

    it('that apply the same batches at once apply each event once', async () => {
      const schema = `test_${++schemas}`;
      const [one, other] = await Promise.all([opened(schema), opened(schema)]);
      const like = eventOf('REACTION_SET', { titleId: 't', reaction: 'LIKE' }, { profileId: 'ada' });
      const none = eventOf('REACTION_SET', { titleId: 't', reaction: 'NONE' }, { profileId: 'ada' });
      for (let round = 0; round < 20; round++) {
        const first = { sequence: 2 * round + 1, event: like };
        const second = { sequence: 2 * round + 2, event: none };
        await Promise.all([one.apply([first, second], 3), other.apply([first], 3)]);
        expect((await one.titleStates('ada', ['t']))[0]!.reaction).toBe('NONE');
        expect(await other.checkpoint(3)).toBe(second.sequence);
      }
    });
  });

  describe('a server in trouble', () => {
    it('that is killed in the middle of a batch leaves all of it or nothing, and applying goes on after its return', async () => {
      const schema = `test_${++schemas}`;
      const profiles = await opened(schema);
      const postgres = started.at(-1)!;
      for (let round = 0; round < 3; round++) {
        const before = await profiles.checkpoint();
        const batch = plays(before, 6_000);
        const applying = profiles.apply(batch).then(
          () => 'applied',
          (error: { code: string }) => error.code,
        );
        // Some way into the batch: its transaction has written and not committed.
        await waitUntil(() => postgres.use().inUse > 0);
        for (let turn = 0; turn < 10 * round; turn++) await new Promise(setImmediate);
        signalAll(await backends(postgres), 'SIGKILL');
        await server.kill();
        const outcome = await applying;
        expect(['applied', 'DEPENDENCY_UNAVAILABLE']).toContain(outcome);
        await expect(profiles.checkpoint()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
        expect(postgres.readiness()).toMatchObject({
          ready: true,
          detail: expect.stringContaining('PostgreSQL'),
        });
        await server.start();
        const reached = await waitUntil(() =>
          profiles.checkpoint().then(
            (sequence) => ({ sequence }),
            () => undefined,
          ),
        );
        // A commit whose answer was lost counts as applied; half of it never does.
        expect([before, before + 6_000]).toContain(reached.sequence);
        if (outcome === 'applied') expect(reached.sequence).toBe(before + 6_000);
        await profiles.apply(batch);
        expect(await profiles.checkpoint()).toBe(before + 6_000);
        expect(postgres.readiness()).toEqual({ ready: true });
      }
      expect(await rows(postgres)).toBe(18_000);
    });

    it('that hangs costs a deadline and no more; what it applied without saying so is not applied again', async () => {
      const profiles = await opened();
      await profiles.apply(plays(0, 10));
      const pids = await backends(started.at(-1)!);
      signalAll(pids, 'SIGSTOP');
      const startedAt = performance.now();
      await expect(profiles.apply(plays(10, 10))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      signalAll(pids, 'SIGCONT');
      await waitUntil(() =>
        profiles.apply(plays(10, 10)).then(
          () => true,
          () => false,
        ),
      );
      expect(await profiles.checkpoint()).toBe(20);
    });
  });
});
