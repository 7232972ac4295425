import { createRandom, type DeliveredEvent, encodeFeatureMatrix } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventLake } from './event-lake.ts';
import { type LakeReader, openLake } from './lake-reader.ts';
import { createPlaces, type LakeReplayOptions, replayLake } from './lake-replay.ts';

const T = Date.UTC(2026, 2, 1, 12);
let folder: ReturnType<typeof temporaryFolder>;
let reader: LakeReader | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await reader?.close();
  await folder.remove();
});

async function lakeOf(partitions: readonly (readonly DeliveredEvent[])[]): Promise<LakeReader> {
  const lake = createEventLake({
    folder: folder.file('lake'),
    clock: { now: () => T },
    logger: silentLogger,
    tickMs: 0,
    memoryMegabytes: 64,
  });
  await lake.start();
  for (const [partition, events] of partitions.entries()) {
    await lake.open(partition);
    await lake.append(partition, events);
  }
  await lake.stop();
  reader = await openLake({ folder: folder.file('lake') });
  await createPlaces(reader);
  return reader;
}

async function replayed(from: LakeReader, options?: LakeReplayOptions): Promise<DeliveredEvent[]> {
  const all: DeliveredEvent[] = [];
  for await (const batch of replayLake(from, options)) all.push(...batch);
  return all;
}

const play = (at: number, eventId: string) =>
  eventOf(
    'PLAY_STOP',
    { titleId: 't', watchedSeconds: 300 },
    { eventId, occurredAt: T + at, position: 2, assignments: { a: 'b' } },
  );

describe('the lake as a log', () => {
  it('gives every event back as it was, in the order of the log whatever its clock said', async () => {
    const random = createRandom(1);
    // More than DuckDB hands over at once.
    const events = Array.from({ length: 5_000 }, (_, i) => ({
      sequence: 7 * (i + 1),
      event: play(random.integer(3_600_000), `e${i}`),
    }));
    const back = await replayed(await lakeOf([events]));
    expect(back).toEqual(events.map(({ event }, i) => ({ sequence: i + 1, event })));
  });

  it('ends before a place, reads some types, and marks slates without their features', async () => {
    const slate = eventOf(
      'SLATE_SERVED',
      {
        surface: 'home',
        seed: 1,
        degradations: [],
        featureNames: ['x'],
        featureMatrix: encodeFeatureMatrix([Float32Array.of(1)], 1),
        items: [
          { titleId: 't', rowKind: 'GENRE', row: 0, position: 0, score: 1, propensity: 1, sources: [] },
        ],
      },
      { slateId: 's', occurredAt: T },
    );
    const events = [
      play(0, 'a'),
      slate,
      eventOf('TITLE_HIDDEN', { titleId: 't' }, { occurredAt: T }),
      play(0, 'b'),
    ];
    const lake = await lakeOf([events.map((event, i) => ({ sequence: i + 1, event }))]);
    const plays = await replayed(lake, { types: ['PLAY_STOP'], before: 4 });
    expect(plays.map(({ event }) => event.eventId)).toEqual(['a']);
    await lake.query('CREATE TEMP TABLE marks AS SELECT 2 AS slate_place');
    const marked = await replayed(lake, { types: ['PLAY_STOP'], slateMarks: 'marks' });
    expect(marked.map(({ sequence, event }) => [sequence, event.type])).toEqual([
      [1, 'PLAY_STOP'],
      [2, 'SLATE_SERVED'],
      [4, 'PLAY_STOP'],
    ]);
    expect(marked[1]!.event).toMatchObject({ slateId: 's', payload: { items: [], featureMatrix: '' } });
  });

  it('merges partitions by their receipt, each in its own order', async () => {
    const first = [0, 10, 5, 30].map((at, i) => ({ sequence: i + 1, event: play(at, `a${i}`) }));
    const second = [1, 20].map((at, i) => ({ sequence: i + 1, event: play(at, `b${i}`) }));
    const back = await replayed(await lakeOf([first, second]));
    expect(back.map(({ event }) => event.eventId)).toEqual(['a0', 'b0', 'a1', 'a2', 'b1', 'a3']);
  });
});

describe('a stream', () => {
  it('that is left early lets the next statement in, and says what it does not understand', async () => {
    const lake = await lakeOf([[{ sequence: 1, event: play(0, 'a') }]]);
    for await (const rows of lake.stream('SELECT range AS n FROM range(100000)')) {
      expect(rows.length).toBeLessThan(5_000);
      break;
    }
    expect(await lake.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(lake.stream('SELECT nothing').next()).rejects.toThrow(/nothing/);
    expect(await lake.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
  });
});
