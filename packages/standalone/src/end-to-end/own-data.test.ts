/** Bringing one's own data: a MovieLens folder, and Marquee's own files, from the command line to the home page. */
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { runCommand, startMarquee, temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { allTitles, createClient, rowsOf } from './client.ts';
import { describeOnEveryProfile } from './test/every-profile.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Thirty people, three camps of taste, a hundred and twenty films. */
function movieLensFiles(): Record<string, string> {
  const random = createRandom(5);
  const camps = ['Western', 'Horror', 'Musical'];
  const movies = Array.from(
    { length: 120 },
    (_, i) => `${i + 1},"${camps[i % 3]} number ${i + 1} (${1950 + (i % 60)})",${camps[i % 3]}`,
  );
  const ratings: string[] = [];
  for (let user = 1; user <= 30; user++) {
    for (let movie = 1; movie <= 120; movie++) {
      const own = movie % 3 === user % 3;
      if (random.next() > (own ? 0.5 : 0.08)) continue;
      ratings.push(`${user},${movie},${own ? 5 : 2.5},${1_500_000_000 + user * 10_000 + movie * 60}`);
    }
  }
  return {
    'movies.csv': `movieId,title,genres\n${movies.join('\n')}\n`,
    'ratings.csv': `userId,movieId,rating,timestamp\n${ratings.join('\n')}\nnot,a,rating,row\n`,
  };
}

describeOnEveryProfile((start) => {
  describe('a MovieLens folder', () => {
    it('serves its users personal rows that follow what they do', async () => {
      const data = join(folder.path, 'ml');
      await mkdir(data, { recursive: true });
      for (const [name, text] of Object.entries(movieLensFiles())) await writeFile(join(data, name), text);
      const marquee = await start({
        dataDirectory: mkdtempSync(join(folder.path, 'ml-data-')),
        args: ['--data', data],
      });
      try {
        const personas = (await (await fetch(`${marquee.url}/personas`)).json()) as {
          id: string;
          tastes: string[];
        }[];
        expect(personas.length).toBeGreaterThan(0);
        const client = createClient(marquee.url, personas[0]!.id);
        const page = await client.home();
        expect(rowsOf(page, 'BECAUSE_YOU_WATCHED').length).toBeGreaterThan(0);
        const hidden = allTitles(page)[0]!;
        expect(await client.hide(hidden)).toEqual([]);
        expect(allTitles(await client.home())).not.toContain(hidden);
      } finally {
        await marquee.end('SIGTERM');
      }
    }, 180_000);
  });
});

describe('own files', () => {
  it('are imported with rejects, can be imported again, and are served', async () => {
    const dataDirectory = join(folder.path, 'own');
    const titles = join(folder.path, 'titles.jsonl');
    const events = join(folder.path, 'events.csv');
    await writeFile(
      titles,
      Array.from({ length: 40 }, (_, i) =>
        JSON.stringify({
          id: `film-${i}`,
          name: `Film ${i}`,
          addedAt: '2025-01-01',
          genres: [i % 2 ? 'Drama' : 'Comedy'],
        }),
      )
        .concat('{"id":"broken"}')
        .join('\n'),
    );
    await writeFile(
      events,
      'eventId,type,occurredAt,profileId,titleId,watchedSeconds\n' +
        Array.from(
          { length: 10 },
          (_, i) => `e${i},PLAY_STOP,2026-01-0${(i % 9) + 1}T10:00:00Z,ana,film-${i},4000`,
        ).join('\n') +
        '\nlost,PLAY_STOP,2026-01-10T10:00:00Z,ana,film-unheard-of,4000\n',
    );
    const into = ['--world', 'own', '--data-dir', dataDirectory];
    const early = await runCommand('import', ['events', '--file', events, ...into]);
    expect(early.stderr).toMatch(/NOT_FOUND: there is no world own/);

    const first = await runCommand('import', ['catalogue', '--file', titles, ...into]);
    expect(first.stdout).toContain('40 titles, 1 rows rejected');
    expect(JSON.parse(await readFile(`${titles}.rejects.jsonl`, 'utf8'))).toMatchObject({ line: 41 });
    const history = await runCommand('import', ['events', '--file', events, ...into]);
    expect(history.stdout).toContain('10 events (0 known already), 1 rows rejected');
    expect(JSON.parse(await readFile(`${events}.rejects.jsonl`, 'utf8'))).toMatchObject({
      line: 12,
      reason: expect.stringContaining('is not in the catalogue'),
    });
    const again = await runCommand('import', ['events', '--file', events, ...into]);
    expect(again.stdout).toContain('0 events (10 known already)');

    const marquee = await startMarquee({ dataDirectory, args: ['--world', 'own'] });
    try {
      const page = await createClient(marquee.url, 'ana').home();
      expect(rowsOf(page, 'WATCH_AGAIN').length + rowsOf(page, 'TOP_PICKS').length).toBeGreaterThan(0);
      expect(allTitles(page).every((id) => id.startsWith('film-'))).toBe(true);
    } finally {
      await marquee.end('SIGTERM');
    }
  }, 90_000);

  it('make no world when no row of them can be used', async () => {
    const dataDirectory = join(folder.path, 'unusable');
    const file = join(folder.path, 'unusable.jsonl');
    await writeFile(file, '{"id":"broken"}\n{"name":"broken too"}\n');
    const result = await runCommand('import', [
      'catalogue',
      '--file',
      file,
      '--world',
      'mine',
      '--data-dir',
      dataDirectory,
    ]);
    expect(result.exit).toBe(1);
    expect(result.stderr).toMatch(
      /^marquee: BAD_USER_INPUT: none of the 2 rows of .*unusable\.jsonl can be used/m,
    );
    expect(await readdir(dataDirectory)).toEqual(['lock']);
  }, 30_000);

  it('say what is wrong in one line', async () => {
    const usable = join(folder.path, 'usable.jsonl');
    await writeFile(usable, '{"id":"f","name":"F","genres":["Drama"]}\n');
    for (const [args, message] of [
      [['catalogue', '--file', 'nowhere.csv', '--world', 'x'], /BAD_USER_INPUT: .*nowhere\.csv/],
      [['catalogue', '--world', 'x'], /CONFIG_INVALID: --file is needed/],
      [['catalogue', '--file', 'a.csv', '--world', 'Not A Name'], /CONFIG_INVALID: --world/],
      [['catalogue', '--file', usable, '--world', 'sample'], /CONFIG_INVALID: --world sample is the name of/],
      [
        ['catalogue', '--file', usable, '--world', 'movielens-0a1b2c3d'],
        /CONFIG_INVALID: --world movielens-/,
      ],
      [['catalogue', '--file', usable, '--world', 'lock'], /CONFIG_INVALID: --world/],
      [['everything'], /CONFIG_INVALID: unknown import "everything"/],
    ] as const) {
      const result = await runCommand('import', [...args, '--data-dir', join(folder.path, 'wrong')].slice(0));
      expect(result.exit).toBe(1);
      expect(result.stderr.trim()).toMatch(message);
    }
  }, 60_000);
});
