/** The commands as somebody types them, who has mistyped something or whose lake is not whole. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';

async function typed(command: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, `${command}.ts`), ...args]);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => (said.stdout += piece));
  child.stderr.on('data', (piece) => (said.stderr += piece));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...said };
}

it('the commands name what is damaged, blame no question for it, and leave nothing where there is no world', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const lakeFolder = folder.file('lake');
  const lake = createEventLake({
    ...{ folder: lakeFolder, clock: systemClock, logger: silentLogger },
    ...{ tickMs: 0, memoryMegabytes: 64 },
  });
  await lake.start();
  await lake.open(0);
  const event = eventOf('PLAY_STOP', { titleId: 't', watchedSeconds: 3_000 });
  await lake.append(0, [{ sequence: 1, event }]);
  await lake.stop();
  const reader = await openLake({ folder: lakeFolder });
  const [{ path } = { path: '' }] = reader.files;
  await reader.close();
  const bytes = await readFile(join(lakeFolder, path));
  // The first letter of a Parquet file is one that DuckDB does not look at.
  await writeFile(join(lakeFolder, path), bytes.with(0, 7));
  const question = [
    'query',
    'SELECT count(*) AS events FROM events',
    '--format',
    'jsonl',
    '--folder',
    lakeFolder,
  ];
  const [answered, compared] = await Promise.all([
    typed('lake', ...question),
    typed('lake', ...question, '--verify'),
  ]);
  expect(answered).toMatchObject({ code: 0, stdout: '{"events":1}\n' });
  expect(compared).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(/DATA_CORRUPT: 1 files of the lake are damaged.*other bytes/),
  });
  await writeFile(join(lakeFolder, path), bytes.fill(7, 4, 400));

  const [asked, elsewhere] = await Promise.all([
    typed('lake', 'query', 'SELECT * FROM events', '--folder', lakeFolder),
    typed('train', '--world', 'nowhere', '--data-dir', folder.path),
  ]);
  expect(asked).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`DATA_CORRUPT: ${path}`)),
  });
  // A world that is not there is not begun by asking it to learn.
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/NOT_FOUND: there is no world/) });
  expect(existsSync(folder.file('nowhere'))).toBe(false);
}, 30_000);

it('a question is one argument, and who reads only its beginning breaks nothing', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const lakeFolder = folder.file('lake');
  const lake = createEventLake({
    ...{ folder: lakeFolder, clock: systemClock, logger: silentLogger },
    ...{ tickMs: 0, memoryMegabytes: 64 },
  });
  await lake.start();
  await lake.open(0);
  await lake.append(0, [
    { sequence: 1, event: eventOf('PLAY_STOP', { titleId: 't', watchedSeconds: 3_000 }) },
  ]);
  await lake.stop();
  expect(await typed('lake', 'query', 'SELECT type', 'FROM events', '--folder', lakeFolder)).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(/CONFIG_INVALID: "FROM events" belongs to nothing/),
  });
  const many = 'SELECT i FROM range(200000) t(i)';
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'lake.ts'),
    ...['query', many, '--format', 'jsonl', '--folder', lakeFolder],
  ]);
  let complaint = '';
  child.stderr.on('data', (piece) => (complaint += piece));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
}, 30_000);
