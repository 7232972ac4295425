import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importCatalogue } from './import-catalogue.ts';
import { importEvents } from './import-events.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-import-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

const ADDED = '2026-01-02T00:00:00Z';
const TITLE = {
  id: 't1',
  name: 'Amélie',
  addedAt: ADDED,
  genres: ['Romance', 'Comedy'],
  directors: ['Jean-Pierre Jeunet'],
  releaseYear: 2001,
  maturityRating: 'R',
};
const EXPECTED = {
  id: 't1',
  name: 'Amélie',
  kind: 'MOVIE',
  releaseYear: 2001,
  addedAt: Date.parse(ADDED),
  maturityRating: 'R',
  genreIds: ['g_romance', 'g_comedy'],
  directorIds: ['p_jean-pierre-jeunet'],
  castIds: [],
  availability: [{ from: Date.parse(ADDED) }],
};

async function parquet(
  name: string,
  columns: Record<string, (string | number | undefined)[]>,
): Promise<string> {
  const path = join(folder, name);
  await parquetWriteFile({
    filename: path,
    columnData: Object.entries(columns).map(([column, data]) => ({
      name: column,
      data,
      type: data.some((cell) => typeof cell === 'number') ? 'INT32' : 'STRING',
      nullable: true,
    })),
  });
  return path;
}

describe('catalogue files', () => {
  it.each([
    ['JSON Lines', () => file('c.jsonl', `${JSON.stringify(TITLE)}\n`)],
    [
      'CSV',
      () =>
        file(
          'c.csv',
          `id,name,addedAt,genres,directors,releaseYear,maturityRating,studio\nt1,"Amélie",${ADDED},Romance|Comedy,Jean-Pierre Jeunet,2001,R,\n`,
        ),
    ],
    [
      'Parquet',
      () =>
        parquet('c.parquet', {
          id: ['t1'],
          name: ['Amélie'],
          addedAt: [ADDED],
          genres: ['Romance|Comedy'],
          directors: ['Jean-Pierre Jeunet'],
          releaseYear: [2001],
          maturityRating: ['R'],
        }),
    ],
  ])('mean the same as %s', async (_, make) => {
    const imported = await importCatalogue({ file: await make() });
    const [batch] = await all(imported.batches);
    expect(batch!.titles).toEqual([EXPECTED]);
    expect(batch!.genres.map((genre) => genre.name)).toEqual(['Romance', 'Comedy']);
    expect(batch!.people).toEqual([{ id: 'p_jean-pierre-jeunet', name: 'Jean-Pierre Jeunet' }]);
    expect(imported.rejected()).toBe(0);
  });

  it('keeps the good rows and says why the others are not', async () => {
    const lines = [
      JSON.stringify(TITLE),
      '{"id":',
      '[1]',
      JSON.stringify({ ...TITLE, id: 't2', genres: [] }),
      JSON.stringify({ ...TITLE, id: 't3', addedAt: 'yesterday' }),
      JSON.stringify({ ...TITLE, id: '' }),
      JSON.stringify({ ...TITLE, id: 't4', maturityRating: 'PG13' }),
    ];
    const rejectsFile = join(folder, 'rejects.jsonl');
    const imported = await importCatalogue({ file: await file('c.jsonl', lines.join('\n')), rejectsFile });
    const [batch] = await all(imported.batches);
    expect(batch!.titles.map((title) => title.id)).toEqual(['t1']);
    const rejects = (await readFile(rejectsFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rejects.map((reject) => [reject.line, reject.reason.split(':')[0]])).toEqual([
      [2, 'not valid JSON'],
      [3, 'not a JSON object'],
      [4, 'genres'],
      [5, 'addedAt'],
      [6, 'id'],
      [7, 'maturityRating'],
    ]);
  });

  it('gives people with names in other scripts ids of their own', async () => {
    const path = await file(
      'c.jsonl',
      JSON.stringify({ ...TITLE, directors: ['黒澤明', '小津安二郎', 'Åke Öst'] }),
    );
    const [batch] = await all((await importCatalogue({ file: path })).batches);
    expect(new Set(batch!.people.map((person) => person.id)).size).toBe(3);
    expect(batch!.people[2]!.id).toBe('p_ake-ost');
  });
});

describe('event files', () => {
  it('become events of the one envelope', async () => {
    const path = await file(
      'e.csv',
      'eventId,type,occurredAt,profileId,titleId,watchedSeconds,reaction,genreIds\n' +
        `1,PROFILE_REGISTERED,${ADDED},p1,,,,\n2,PLAY_STOP,1767312000000,p1,t1,600,,\n3,REACTION_SET,${ADDED},p1,t1,,LIKE,\n4,ONBOARDING_COMPLETED,${ADDED},p1,,,,a|b|c\n`,
    );
    const [events] = await all((await importEvents({ file: path })).batches);
    expect(events!.map((event) => [event.type, event.occurredAt, event.payload])).toEqual([
      ['PROFILE_REGISTERED', Date.parse(ADDED), { name: 'p1', segment: 'all' }],
      ['PLAY_STOP', 1_767_312_000_000, { titleId: 't1', watchedSeconds: 600 }],
      ['REACTION_SET', Date.parse(ADDED), { titleId: 't1', reaction: 'LIKE' }],
      ['ONBOARDING_COMPLETED', Date.parse(ADDED), { genreIds: ['a', 'b', 'c'] }],
    ]);
  });

  it('refuses rows that lack what their type needs, with the field', async () => {
    const rejectsFile = join(folder, 'rejects.jsonl');
    const path = await file(
      'e.jsonl',
      [
        { eventId: 'a', type: 'REACTION_SET', occurredAt: ADDED, profileId: 'p', titleId: 't' },
        {
          eventId: 'b',
          type: 'PLAY_STOP',
          occurredAt: ADDED,
          profileId: 'p',
          titleId: 't',
          watchedSeconds: -4,
        },
        { eventId: 'c', type: 'EXPOSURE', occurredAt: ADDED, profileId: 'p' },
        { eventId: 'd', type: 'LIST_SAVED', occurredAt: ADDED, profileId: 'p', titleId: 't' },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const imported = await importEvents({ file: path, rejectsFile });
    expect((await all(imported.batches)).flat().map(({ eventId }) => eventId)).toEqual(['d']);
    const reasons = (await readFile(rejectsFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).reason);
    expect(reasons.map((reason: string) => reason.split(':')[0])).toEqual([
      'payload.reaction',
      'payload.watchedSeconds',
      'type',
    ]);
  });
});

describe('CSV', () => {
  it('takes quotes, line breaks inside them, CRLF, a byte-order mark and columns it does not know', async () => {
    const path = await file(
      'c.csv',
      '\uFEFFid,name,genres,synopsis,unknown\r\nt1,"A ""b"", c",Drama,"two\nlines",x\r\nt2,D,"Drama|Comedy",,\r\n',
    );
    const [batch] = await all((await importCatalogue({ file: path, now: 5 })).batches);
    expect(batch!.titles).toMatchObject([
      { id: 't1', name: 'A "b", c', synopsis: 'two\nlines', addedAt: 5, genreIds: ['g_drama'] },
      { id: 't2', name: 'D', genreIds: ['g_drama', 'g_comedy'] },
    ]);
  });

  it('rejects a record with too many or too few fields and goes on after it', async () => {
    const rejectsFile = join(folder, 'rejects.jsonl');
    const path = await file('c.csv', 'id,name,genres\nt1,A,Drama\nt2,B\nt3,C,Drama,extra\nt4,D,Drama\n');
    const imported = await importCatalogue({ file: path, rejectsFile });
    const [batch] = await all(imported.batches);
    expect(batch!.titles.map(({ id }) => id)).toEqual(['t1', 't4']);
    expect([imported.accepted(), imported.rejected()]).toEqual([2, 2]);
    const rejects = (await readFile(rejectsFile, 'utf8')).trim().split('\n');
    expect(rejects.map((line) => JSON.parse(line))).toEqual([
      { file: 'c.csv', line: 3, reason: '3 fields expected, 2 found', text: 't2,B' },
      { file: 'c.csv', line: 4, reason: '3 fields expected, 4 found', text: 't3,C,Drama,extra' },
    ]);
  });

  it('loses no good record before a quote that is never closed, and does not pass it over', async () => {
    const path = await file('c.csv', 'id,name,genres\nt1,A,Drama\nt2,"B,Drama\nt3,C,Drama\n');
    const imported = await importCatalogue({ file: path });
    const titles = (await all(imported.batches)).flatMap((batch) => batch.titles);
    expect(titles.map(({ id }) => id)).toEqual(['t1']);
    expect(imported.rejected()).toBe(1);
  });
});

describe('titles', () => {
  it('take availability as windows, as JSON text, or as one window in columns', async () => {
    const windows = [{ from: '2026-01-01', to: '2026-02-01T00:00:00Z', regions: ['DE'] }];
    const base = { id: 't1', name: 'A', genres: ['Drama'], addedAt: 7 };
    const path = await file(
      'c.jsonl',
      [
        { ...base, availability: windows },
        { ...base, id: 't2', availability: JSON.stringify(windows) },
        { ...base, id: 't3', availableFrom: '1767225600000', availableTo: '2026-02-01', regions: 'DE' },
        { ...base, id: 't4', availability: [] },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const titles = (await all((await importCatalogue({ file: path })).batches)).flatMap(
      (batch) => batch.titles,
    );
    const expected = [{ from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1), regions: ['DE'] }];
    expect(titles.map(({ availability }) => availability)).toEqual([expected, expected, expected, []]);
  });

  it('that stand there twice are replaced by the later row', async () => {
    const path = await file('c.csv', 'id,name,genres\nt1,Old,Drama\nt1,New,Drama\n');
    const [batch] = await all((await importCatalogue({ file: path })).batches);
    expect(batch!.titles.map(({ name }) => name)).toEqual(['New']);
  });
});

describe('long files', () => {
  const rows = 10_000;
  const line = (i: number): string =>
    JSON.stringify({ eventId: `e${i}`, type: 'IMPRESSION', occurredAt: i, profileId: 'p', titleId: 't' });

  it('come in bounded batches, in order and complete, with progress up to the end', async () => {
    const path = await file('e.jsonl', Array.from({ length: rows }, (_, i) => line(i)).join('\n'));
    const progress: { done: number; total?: number }[] = [];
    const imported = await importEvents({ file: path, onProgress: (step) => progress.push(step) });
    const batches = await all(imported.batches);
    expect(batches.length).toBeGreaterThan(3);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(2_048);
    expect(batches.flat().map(({ eventId }) => eventId)).toEqual(
      Array.from({ length: rows }, (_, i) => `e${i}`),
    );
    expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
  });

  it('can be left in the middle', async () => {
    const path = await file('e.jsonl', Array.from({ length: rows }, (_, i) => line(i)).join('\n'));
    const imported = await importEvents({ file: path });
    for await (const _ of imported.batches) break;
    expect(imported.accepted()).toBeLessThan(rows);
  });
});

describe('events', () => {
  it('from the future are refused, nested payloads and the place on the page are kept', async () => {
    const now = Date.UTC(2026, 0, 2);
    const base = { type: 'PLAY_STOP', profileId: 'p', slateId: 's', row: 0, position: 3 };
    const path = await file(
      'e.jsonl',
      [
        { ...base, eventId: 'a', occurredAt: now, payload: { titleId: 't', watchedSeconds: 5 } },
        { ...base, eventId: 'b', occurredAt: now + 6 * 60_000, titleId: 't' },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const imported = await importEvents({ file: path, now });
    const events = (await all(imported.batches)).flat();
    expect(events).toEqual([
      {
        ...base,
        eventId: 'a',
        schemaVersion: 1,
        occurredAt: now,
        receivedAt: now,
        payload: { titleId: 't', watchedSeconds: 5 },
      },
    ]);
    expect(imported.rejected()).toBe(1);
  });

  it('about titles that the catalogue does not hold are rejected, those about nothing of it are kept', async () => {
    const rejectsFile = join(folder, 'events.rejects.jsonl');
    const path = await file(
      'e.csv',
      'eventId,type,occurredAt,profileId,titleId,name\n' +
        'a,PLAY_STOP,1,p,known,\nb,PLAY_STOP,2,p,unknown,\nc,PROFILE_REGISTERED,3,p,,Pia\nd,LIST_SAVED,4,p,gone,\n',
    );
    const imported = await importEvents({ file: path, rejectsFile, knowsTitle: (id) => id === 'known' });
    const events = (await all(imported.batches)).flat();
    expect(events.map(({ eventId }) => eventId)).toEqual(['a', 'c']);
    const rejects = (await readFile(rejectsFile, 'utf8')).trim().split('\n');
    expect(rejects.map((line) => JSON.parse(line))).toMatchObject([
      { line: 3, reason: expect.stringMatching(/titleId.*is not in the catalogue/) },
      { line: 5 },
    ]);
    expect(imported.rejected()).toBe(2);
  });

  it('come from Parquet with typed columns, across row groups', async () => {
    const path = join(folder, 'e.parquet');
    const count = 5_000;
    const numbers = Array.from({ length: count }, (_, i) => i);
    await parquetWriteFile({
      filename: path,
      rowGroupSize: 1_500,
      columnData: [
        { name: 'eventId', data: numbers.map((i) => `e${i}`), type: 'STRING' },
        { name: 'type', data: numbers.map(() => 'PLAY_STOP'), type: 'STRING' },
        { name: 'occurredAt', data: numbers.map((i) => new Date(1_000 * i)), type: 'TIMESTAMP' },
        { name: 'profileId', data: numbers.map((i) => `p${i % 7}`), type: 'STRING' },
        { name: 'titleId', data: numbers.map(() => 't'), type: 'STRING' },
        { name: 'watchedSeconds', data: numbers.map((i) => BigInt(i)), type: 'INT64' },
      ],
    });
    const events = (await all((await importEvents({ file: path })).batches)).flat();
    expect(events).toHaveLength(count);
    expect(events[4_321]).toMatchObject({
      eventId: 'e4321',
      occurredAt: 4_321_000,
      payload: { watchedSeconds: 4_321 },
    });
  });
});

describe('files of which nothing can be used', () => {
  it('are one clear error that says where the reasons are', async () => {
    const rejectsFile = join(folder, 'rejects.jsonl');
    const path = await file('c.csv', 'id,name,genres\nt1,A\n,B,Drama\n');
    const imported = await importCatalogue({ file: path, rejectsFile });
    const failure = all(imported.batches);
    await expect(failure).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: `none of the 2 rows of ${path} can be used; the reasons are in ${rejectsFile}`,
    });
    expect((await readFile(rejectsFile, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('are told from files without rows', async () => {
    const imported = await importCatalogue({ file: await file('c.csv', 'id,name,genres\n') });
    await expect(all(imported.batches)).rejects.toThrow(/holds no rows/);
  });
});

describe('files that are no tables', () => {
  it.each([
    ['a missing file', async () => join(folder, 'none.csv'), /cannot read/],
    ['an empty file', () => file('e.csv', ''), /is empty/],
    ['an unknown ending', () => file('e.xlsx', 'x'), /known are \.jsonl/],
    ['a CSV without rows or header', () => file('e.csv', '\n\n'), /lacks the columns eventId, type/],
    ['missing columns', () => file('e.csv', 'eventId,type\n'), /lacks the columns occurredAt, profileId/],
    [
      'a Parquet file that is none',
      () => file('e.parquet', 'PAR1 but not really'),
      /is not a readable Parquet file/,
    ],
  ])('%s is one clear error', async (_, make, message) => {
    const failure = importEvents({ file: await make() });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'file' });
  });
});
