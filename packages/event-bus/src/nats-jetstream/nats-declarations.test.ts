/** What is declared at the start, what is refused there, and what other versions leave in the log. */
import { freePort, startLocalNats } from '@marquee/local-servers';
import { MarqueeError } from '@marquee/service-kit';
import { describeOnServer, eventOf, temporaryFolder, waitUntil } from '@marquee/testkit';
import { connect } from 'nats';
import { expect, it, onTestFinished } from 'vitest';
import { createNatsEventBus } from './index.ts';
import { localLog, PARTITIONS } from './test/local-log.ts';

describeOnServer('nats-server', 'starting on NATS', () => {
  it('refuses another number of partitions than the log has, naming both', async () => {
    const log = await localLog();
    await log.open('one');
    const other = createNatsEventBus(log.options('other', { partitions: PARTITIONS + 3 }));
    await expect(other.start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        new RegExp(`${PARTITIONS} partitions.*${PARTITIONS + 3} are configured`),
      ),
    });
    expect(other.readiness().ready).toBe(false);
  });

  it('brings changed limits to a log that is there, and keeps its events', async () => {
    const log = await localLog();
    const bus = await log.open('one');
    const [ack] = await bus.publish([eventOf('LIST_SAVED', { titleId: 't' })]);
    await log.open('two', { maxAgeMs: 3_600_000, maxBytes: 1_000_000, duplicateWindowMs: 60_000 });
    const connection = await connect({ servers: log.server.url });
    onTestFinished(() => connection.close());
    const { config, state } = await (await connection.jetstreamManager()).streams.info('marquee_events');
    expect(config).toMatchObject({
      max_age: 3_600e9,
      max_bytes: 1_000_000,
      duplicate_window: 60e9,
      discard: 'new',
    });
    expect(state.last_seq).toBe(ack!.sequence);
  });

  it('names refused credentials at once', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const configuration = 'authorization { user: marquee, password: right }';
    const server = await startLocalNats({ folder: folder.path, configuration });
    onTestFinished(() => server.stop());
    const options = { servers: server.url, partitions: 2, spoolFile: folder.file('spool.db') };
    const wrong = createNatsEventBus({ ...options, credentials: { user: 'marquee', password: 'wrong' } });
    const began = performance.now();
    await expect(wrong.start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('credentials'),
    });
    expect(performance.now() - began).toBeLessThan(3_000);
    const right = createNatsEventBus({ ...options, credentials: { user: 'marquee', password: 'right' } });
    await right.start();
    await right.stop();
  });

  it('waits for a server that is away, says so, and goes on when it comes', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const port = await freePort();
    const servers = `nats://127.0.0.1:${port}`;
    const bus = createNatsEventBus({ servers, partitions: 2, spoolFile: folder.file('spool.db') });
    const started = bus.start();
    onTestFinished(() => bus.stop());
    await waitUntil(() => bus.readiness().detail?.includes(`${port}`));
    expect(bus.readiness()).toMatchObject({ ready: false, detail: expect.stringContaining('refused') });
    const server = await startLocalNats({ folder: folder.path, port });
    onTestFinished(() => server.stop());
    await started;
    expect(bus.readiness()).toEqual({ ready: true });
  });

  it('fails with one clear error when no server comes in time, and can be stopped while it waits', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const servers = `nats://127.0.0.1:${await freePort()}`;
    const options = { servers, partitions: 2, spoolFile: folder.file('spool.db') };
    await expect(createNatsEventBus({ ...options, startWithinMs: 300 }).start()).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(/waited 300 ms in vain.*127\.0\.0\.1/),
    });
    const waiting = createNatsEventBus(options);
    const started = waiting.start();
    const refused = expect(started).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await waitUntil(() => waiting.readiness().detail?.includes('waiting'));
    await waiting.stop();
    await refused;
  });

  it('parks events of versions it does not know, with the reason, and goes on', async () => {
    const log = await localLog();
    const bus = await log.open('old');
    const [newer, strange, known] = ['a', 'b', 'c'].map((id) =>
      eventOf('LIST_SAVED', { titleId: 't' }, { eventId: id }),
    );
    const fromTheFuture = [
      { ...newer!, schemaVersion: 2 },
      { ...strange!, type: 'TITLE_DREAMT' },
    ] as unknown as (typeof known & object)[];
    const handled: string[] = [];
    const subscription = bus.subscribe({
      name: 'reader',
      handle: async (batch) => void handled.push(...batch.map(({ event }) => event.eventId)),
    });
    await subscription.start();
    const acks = await bus.publish([...fromTheFuture, known!]);
    expect(await subscription.settled(acks.at(-1)!, 5_000)).toBe(true);
    expect(handled).toEqual(['c']);
    const letters = await bus.deadLetters({ limit: 10 });
    expect(letters.map(({ consumer, event, reason }) => [consumer, event.eventId, reason])).toEqual([
      ['reader', 'b', 'events of type TITLE_DREAMT are not known here'],
      ['reader', 'a', 'schema version 2 of LIST_SAVED is not known here, only 1'],
    ]);
    const replayed: string[] = [];
    for await (const batch of bus.replay()) replayed.push(...batch.map(({ event }) => event.eventId));
    expect(replayed).toEqual(['c']);
  });

  it('tells how far consumers are behind without making any on the server, wherever they are read', async () => {
    const log = await localLog();
    const bus = await log.open('one');
    const other = await log.open('other');
    const events = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        eventOf('LIST_SAVED', { titleId: 't' }, { profileId: `p${i}` }),
      );
    let stuck = true;
    const handle = async () => {
      if (stuck) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'held up by a test');
    };
    const alone = bus.subscribe({
      name: 'alone',
      startAfter: 0,
      types: ['LIST_SAVED'],
      batchSize: 2,
      handle,
    });
    const shared = bus.subscribe({ name: 'shared', types: ['LIST_SAVED'], batchSize: 2, handle });
    const outside = other.subscribe({ name: 'shared', types: ['LIST_SAVED'], handle });
    await Promise.all([alone.start(), shared.start()]);
    const acks = await bus.publish(events(20));
    // The server's own count is off by a few while events arrive (2.9 even afterwards).
    const isBehind = (lag: number) => lag > 15 && lag < 25;
    await waitUntil(async () => isBehind(await alone.lag()) && isBehind(await shared.lag()));

    const connection = await connect({ servers: log.server.url });
    onTestFinished(() => connection.close());
    const made: string[] = [];
    connection.subscribe('$JS.EVENT.ADVISORY.CONSUMER.CREATED.marquee_events.>', {
      callback: (_, message) => void made.push(message.subject),
    });
    await connection.flush();
    for (let i = 0; i < 5; i++) {
      expect(await alone.lag()).toSatisfy(isBehind);
      expect(await shared.lag()).toSatisfy(isBehind);
      expect(await outside.lag()).toSatisfy(isBehind);
    }
    stuck = false;
    for (const ack of acks) {
      expect(await alone.settled(ack, 10_000)).toBe(true);
      expect(await shared.settled(ack, 10_000)).toBe(true);
    }
    await waitUntil(async () => (await alone.lag()) === 0 && (await shared.lag()) === 0);
    await waitUntil(async () => (await outside.lag()) === 0);
    await connection.flush();
    expect(made).toEqual([]);
  });

  it('takes profile ids of any characters, and erases exactly that profile', async () => {
    const log = await localLog();
    const bus = await log.open('one');
    const ids = ['*', '>', 'a.b', 'a b', 'ä', '猫'.repeat(128), 'a', '=YQ', '\u0000\n'];
    await bus.publish(ids.map((profileId) => eventOf('LIST_SAVED', { titleId: 't' }, { profileId })));
    for (const [index, profileId] of ids.entries()) {
      expect(await bus.purgeProfile(profileId)).toBe(1);
      const left: string[] = [];
      for await (const batch of bus.replay()) left.push(...batch.map(({ event }) => event.profileId));
      expect(left.sort()).toEqual(ids.slice(index + 1).sort());
    }
  });

  it('refuses an event that is too large for the log, and nothing else', async () => {
    const log = await localLog();
    const bus = await log.open('one');
    const large = eventOf('LIST_SAVED', { titleId: 'x'.repeat(1_100_000) });
    await expect(bus.publish([large])).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'events.0' });
    expect((await bus.publish([eventOf('LIST_SAVED', { titleId: 't' })]))[0]!.sequence).toBe(1);
  });
});
