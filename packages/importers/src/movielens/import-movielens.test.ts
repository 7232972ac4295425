import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, eventSchema, type MarqueeEvent } from '@marquee/domain';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportProgress } from '../progress.ts';
import { importMovieLens } from './import-movielens.ts';
import { parseMovieName } from './movie-name.ts';
import { orderByTime } from './rating-columns.ts';

const NOW = Date.UTC(2026, 0, 1);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-movielens-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

async function collect(batches: AsyncIterable<readonly MarqueeEvent[]>): Promise<MarqueeEvent[]> {
  const events: MarqueeEvent[] = [];
  for await (const batch of batches) events.push(...batch);
  return events;
}

const CSV = {
  'movies.csv':
    'movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,"Matrix, The (1999)",Action|Sci-Fi\n3,Nameless,(no genres listed)\n',
  'ratings.csv':
    'userId,movieId,rating,timestamp\n7,2,5.0,1000086400\n7,1,3.5,1000000000\n8,1,1.0,1000172800\n',
};

describe('importMovieLens', () => {
  it('reads the comma-separated layout into titles and a history in time order that ends now', async () => {
    await write(CSV);
    const imported = await importMovieLens({ folder, now: NOW, rebase: true });
    expect(imported.catalogue.titles.map((t) => [t.id, t.name, t.releaseYear, t.genreIds])).toEqual([
      ['ml-movie-1', 'Toy Story', 1995, ['g_adventure', 'g_animation']],
      ['ml-movie-2', 'The Matrix', 1999, ['g_action', 'g_sci-fi']],
      ['ml-movie-3', 'Nameless', undefined, ['g_unlisted']],
    ]);
    const events = await collect(imported.events);
    expect(events).toHaveLength(imported.summary.expectedEvents);
    expect(events.map((e) => `${e.profileId} ${e.type}`)).toEqual([
      'ml-7 PROFILE_REGISTERED',
      'ml-7 PLAY_START',
      'ml-7 PLAY_STOP',
      'ml-7 PLAY_START',
      'ml-7 PLAY_STOP',
      'ml-7 REACTION_SET',
      'ml-8 PROFILE_REGISTERED',
      'ml-8 PLAY_START',
      'ml-8 PLAY_STOP',
      'ml-8 REACTION_SET',
    ]);
    expect(events.at(-1)!.occurredAt).toBe(NOW);
    expect(events[1]!.occurredAt).toBe(NOW - 2 * 86_400_000);
    for (const event of events) expect(eventSchema.safeParse(event).success).toBe(true);
  });

  it('reads the ::-separated layout in its own encoding', async () => {
    await write({
      'movies.dat': Buffer.from(
        "1::Amélie (Fabuleux destin d'Amélie Poulain, Le) (2001)::Comedy|Romance\n",
        'latin1',
      ),
      'ratings.dat': '1::1::4::1000000000\n',
    });
    const imported = await importMovieLens({ folder, now: NOW, rebase: false });
    expect(imported.catalogue.titles[0]!.name).toBe("Amélie (Le Fabuleux destin d'Amélie Poulain)");
    const events = await collect(imported.events);
    expect(events.at(-1)!.occurredAt).toBe(1_000_000_000_000);
  });

  it('keeps the good rows and writes the others to the rejects file with line and reason', async () => {
    await write({
      'movies.csv': `${CSV['movies.csv']}x,Broken (1990),Drama\n1,Again (1995),Drama\n`,
      'ratings.csv': `${CSV['ratings.csv']}7,2,9.0,1000000000\n7,99,4.0,1000000001\nnobody,1,4,1000\n7,1\n`,
    });
    const rejectsFile = join(folder, 'rejects.jsonl');
    const imported = await importMovieLens({ folder, now: NOW, rebase: true, rejectsFile });
    expect(imported.summary).toMatchObject({ titles: 3, ratings: 3, rejected: 6 });
    const rejects = (await readFile(rejectsFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rejects.map((r) => `${r.file}:${r.line} ${r.reason}`).sort()).toEqual([
      'movies.csv:5 movie id "x" is not a whole number',
      'movies.csv:6 movie 1 stands there twice; the first is kept',
      'ratings.csv:5 rating "9.0" is not one of 0.5, 1, ... 5',
      'ratings.csv:6 movie 99 is not in the movies file',
      'ratings.csv:7 user id "nobody" is not a whole number',
      'ratings.csv:8 4 fields expected, 2 found',
    ]);
  });

  it('says what is missing from a folder that is not MovieLens, and from ratings without a usable row', async () => {
    await expect(importMovieLens({ folder, now: NOW, rebase: true })).rejects.toThrow(
      /ratings\.csv and movies\.csv/,
    );
    await write({ ...CSV, 'ratings.csv': 'userId,movieId,rating,timestamp\n' });
    await expect(importMovieLens({ folder, now: NOW, rebase: true })).rejects.toThrow(/no usable rating/);
  });
});

describe('a rating', () => {
  it.each([
    ['5.0', 6_000, 'LIKE'],
    ['4.5', 6_000, 'LIKE'],
    ['4.0', 5_880, undefined],
    ['3.5', 5_700, undefined],
    ['3.0', 4_200, undefined],
    ['2.0', 1_800, undefined],
    ['1.5', 600, 'DISLIKE'],
    ['0.5', 120, 'DISLIKE'],
  ])('of %s is a watch of %d seconds and the reaction %s', async (stars, watchedSeconds, reaction) => {
    await write({ ...CSV, 'ratings.csv': `userId,movieId,rating,timestamp\n1,1,${stars},1000\n` });
    const events = await collect((await importMovieLens({ folder, now: NOW })).events);
    const stop = events.find((event) => event.type === 'PLAY_STOP')!;
    expect(stop.payload).toEqual({ titleId: 'ml-movie-1', watchedSeconds, positionSeconds: watchedSeconds });
    const set = events.find((event) => event.type === 'REACTION_SET');
    expect(set?.payload.reaction).toBe(reaction);
  });
});

describe('the history', () => {
  it('is in order of time and the same at every reading, whatever the order of the file', async () => {
    const random = createRandom(3);
    const ratings = Array.from(
      { length: 6_000 },
      () =>
        `${random.integer(50)},${1 + random.integer(3)},${(1 + random.integer(10)) / 2},${random.integer(2 ** 31)}`,
    );
    await write({ ...CSV, 'ratings.csv': `userId,movieId,rating,timestamp\n${ratings.join('\r\n')}\n` });
    const steps: ImportProgress[] = [];
    const imported = await importMovieLens({ folder, now: NOW, onProgress: (step) => steps.push(step) });
    const events = await collect(imported.events);
    for (let i = 1; i < events.length; i++) {
      expect(events[i]!.occurredAt >= events[i - 1]!.occurredAt).toBe(true);
    }
    expect(events).toHaveLength(imported.summary.expectedEvents);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    expect(await collect(imported.events)).toEqual(events);
    expect(new Set(steps.map(({ phase }) => phase))).toEqual(new Set(['titles', 'ratings', 'history']));
  });

  it('begins for a title with its first rating, which is also when the title was added', async () => {
    await write(CSV);
    const { catalogue, events } = await importMovieLens({ folder, now: NOW });
    for (const event of await collect(events)) {
      if (event.type !== 'PLAY_STOP') continue;
      const title = catalogue.titles.find(({ id }) => id === event.payload.titleId)!;
      expect(title.addedAt).toBeLessThanOrEqual(event.occurredAt);
    }
  });

  it('finds the columns by their names and refuses a file that lacks one', async () => {
    await write({ ...CSV, 'ratings.csv': 'timestamp,rating,movieId,userId\n1000,4,2,9\n' });
    const [profile] = await collect((await importMovieLens({ folder, now: NOW })).events);
    expect(profile!.profileId).toBe('ml-9');
    await write({ 'ratings.csv': 'userId,movieId,timestamp\n1,1,1\n' });
    const failure = importMovieLens({ folder, now: NOW });
    await expect(failure).rejects.toThrow(/no column rating/);
    await expect(failure).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'folder' });
  });
});

describe('sorting ratings', () => {
  it('is stable and by time, up to the last second of 32 bits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 0xffffffff }))),
        (times) => {
          const order = orderByTime({ length: times.length, seconds: Uint32Array.from(times) });
          const expected = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
          expect([...order]).toEqual(expected);
        },
      ),
    );
  });
});

const realFolder = process.env.MARQUEE_MOVIELENS_DIR;
describe('a real MovieLens folder', () => {
  it('is imported whole', async ({ skip }) => {
    skip(realFolder === undefined, 'MARQUEE_MOVIELENS_DIR does not point at a MovieLens folder');
    const imported = await importMovieLens({ folder: realFolder!, now: NOW });
    expect(imported.summary.rejected / imported.summary.ratings).toBeLessThan(0.001);
    let count = 0;
    let last = 0;
    for await (const batch of imported.events) {
      for (const event of batch) {
        if (event.occurredAt < last || !eventSchema.safeParse(event).success)
          expect.fail(JSON.stringify(event));
        last = event.occurredAt;
      }
      count += batch.length;
    }
    expect(count).toBe(imported.summary.expectedEvents);
    expect(last).toBe(NOW);
    const genres = new Set(imported.catalogue.genres.map(({ id }) => id));
    for (const title of imported.catalogue.titles)
      for (const id of title.genreIds) expect(genres).toContain(id);
  }, 120_000);
});

describe('parseMovieName', () => {
  it.each([
    ['Matrix, The (1999)', { name: 'The Matrix', year: 1999 }],
    ['Babylon 5', { name: 'Babylon 5' }],
    ['Shining (2001: A Story) (1980)', { name: 'Shining (2001: A Story)', year: 1980 }],
    [
      'City of Lost Children, The (Cité des enfants perdus, La) (1995)',
      { name: 'The City of Lost Children (La Cité des enfants perdus)', year: 1995 },
    ],
    ['Good, the Bad and the Ugly, The (1966)', { name: 'The Good, the Bad and the Ugly', year: 1966 }],
    ['Death Note: Desu nôto (2006–2007)', { name: 'Death Note: Desu nôto', year: 2006 }],
  ])('%s', (text, expected) => {
    expect(parseMovieName(text)).toEqual(expected);
  });
});
