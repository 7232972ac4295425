import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { follow } from './followed.ts';

async function followed() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const file = folder.file('value.txt');
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line).msg) };
  const disk = { isAway: false, reads: 0 };
  writeFileSync(file, 'one');
  const part = follow({
    name: 'value',
    paths: [file],
    async load() {
      disk.reads++;
      if (disk.isAway) throw new Error('EIO: i/o error, read');
      return readFile(file, 'utf8');
    },
    logger: createLogger({ service: 'test', level: 'info', destination }),
    // Looked at by hand.
    pollMs: 1_000_000,
  });
  await part.start();
  onTestFinished(() => part.stop());
  const look = async (times = 1) => {
    for (let time = 0; time < times; time++) await part.refresh();
  };
  return { file, part, disk, lines, look };
}

it('what could not be read for a reason that passes is read later, without having changed again', async () => {
  const { file, part, disk, lines, look } = await followed();
  disk.isAway = true;
  writeFileSync(file, 'second');
  await look();
  expect(part.current()).toBe('one');
  expect(part.readiness().detail).toMatch(/refused: EIO/);
  disk.isAway = false;
  await look(2);
  expect(part.current()).toBe('second');
  expect(part.readiness().detail).toBeUndefined();
  expect(lines).toEqual(['not reloaded; the last good version stays in force', 'usable again', 'reloaded']);
});

it('what stays unusable is read ever more seldom and told once; a change is read at once', async () => {
  const { file, part, disk, lines, look } = await followed();
  disk.isAway = true;
  writeFileSync(file, 'second');
  await look(1_000);
  // One for the start; after six more, every sixtieth look or so.
  expect(disk.reads).toBeGreaterThan(10);
  expect(disk.reads).toBeLessThan(30);
  expect(lines).toHaveLength(1);
  disk.isAway = false;
  writeFileSync(file, 'the third one');
  await look();
  expect(part.current()).toBe('the third one');
});
