import { manualClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createSqliteProfiles } from '@marquee/profiles/sqlite';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProfileProjector } from './index.ts';

const DEADLINE_MS = 5_000;

let folder: ReturnType<typeof temporaryFolder>;
let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  folder = temporaryFolder();
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await folder.remove();
});

async function ports(profilesFile = 'profiles.sqlite') {
  const common = { clock: manualClock(SAMPLE_INSTANT), logger: silentLogger };
  const profiles = createSqliteProfiles({ file: folder.file(profilesFile), ...common });
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), ...common });
  const projector = createProfileProjector({ bus, profiles, logger: silentLogger });
  await startAll([profiles, bus], silentLogger);
  const stop = () => stopAll([profiles, bus, projector], silentLogger, DEADLINE_MS);
  stops.push(stop);
  return { profiles, bus, projector, stop };
}

const save = (titleId: string) => eventOf('LIST_SAVED', { titleId }, { profileId: 'ada' });

describe('profile projector', () => {
  it('projects what happens, and what does not concern it moves only its position', async () => {
    const { profiles, bus, projector } = await ports();
    await projector.start();
    const acks = await bus.publish([
      save('t1'),
      eventOf('IMPRESSION', { titleId: 't2' }, { profileId: 'ada' }),
    ]);
    expect(await projector.settled(acks[1]!, DEADLINE_MS)).toBe(true);
    expect(projector.position).toBe(acks[1]!.sequence);
    expect(await projector.lag()).toBe(0);
    expect(await profiles.checkpoint()).toBe(acks[0]!.sequence);
    expect((await profiles.titleStates('ada', ['t1', 't2'])).map((state) => state.inMyList)).toEqual([
      true,
      false,
    ]);
  });

  it('goes on where the profiles are, not where the bus last heard of it', async () => {
    const first = await ports();
    await first.projector.start();
    const acks = await first.bus.publish([save('t1'), save('t2')]);
    expect(await first.projector.settled(acks[1]!, DEADLINE_MS)).toBe(true);
    await first.stop();

    // The profiles are lost, the log is not: a new, empty projection reads it from the beginning.
    const rebuilt = await ports('rebuilt.sqlite');
    await rebuilt.projector.start();
    expect(await rebuilt.projector.settled(acks[1]!, DEADLINE_MS)).toBe(true);
    expect((await rebuilt.profiles.myList('ada', { first: 10 })).entries).toHaveLength(2);
  });

  it('may be waited for before it has started', async () => {
    const { bus, projector } = await ports();
    expect(projector.readiness().ready).toBe(false);
    expect(projector.position).toBe(0);
    await expect(projector.lag()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const [ack] = await bus.publish([save('t1')]);
    expect(await projector.settled(ack!, 10)).toBe(false);
    const waiting = projector.settled(ack!, DEADLINE_MS);
    await projector.start();
    await projector.start();
    expect(await waiting).toBe(true);
    expect(projector.readiness().ready).toBe(true);
  });

  it('stops cleanly without a start and twice', async () => {
    const { projector } = await ports();
    await projector.stop();
    await projector.start();
    await projector.stop();
    await projector.stop();
  });

  it('works on the partitions it is given, for as long as it is given them', async () => {
    const { profiles, bus } = await ports();
    const projector = createProfileProjector(
      { bus, profiles, logger: silentLogger },
      { partitions: 'assigned' },
    );
    stops.push(() => projector.stop());
    await projector.start();
    expect(projector.readiness().ready).toBe(true);
    expect(projector.owned).toEqual([]);
    const [first] = await bus.publish([save('t1')]);
    expect(await projector.settled(first!, 20)).toBe(false);
    expect(await profiles.checkpoint()).toBe(0);

    await projector.own(0);
    await projector.own(0);
    expect(projector.owned).toEqual([0]);
    expect(await projector.settled(first!, DEADLINE_MS)).toBe(true);

    await projector.disown(0);
    expect(projector.owned).toEqual([]);
    const [second] = await bus.publish([save('t2')]);
    expect(await projector.settled(second!, 20)).toBe(false);
    expect(await profiles.checkpoint()).toBe(first!.sequence);

    await projector.own(0);
    expect(await projector.settled(second!, DEADLINE_MS)).toBe(true);
    await expect(projector.own(bus.partitions)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
