/** Starts that must fail, and starts after something went wrong: one clear line, nothing overwritten. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runMarquee, startMarquee, temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';

const folder = temporaryFolder();
const SMALL = ['--profiles', '60'];
afterAll(() => folder.remove());

describe('starting', () => {
  it('begins cleanly after Ctrl-C during the first preparation, then refuses what it must', async () => {
    const dataDirectory = join(folder.path, 'interrupted');
    let sent = false;
    const interrupted = await runMarquee({
      dataDirectory,
      args: SMALL,
      onOutput: (stderr, child) => {
        // Once: a second one means "at once", and may meet a process that is already on its way out.
        if (sent || !stderr.includes('history')) return;
        sent = true;
        child.kill('SIGINT');
      },
    });
    expect(interrupted.exit).toBe(130);
    expect(interrupted.stderr).toContain('interrupted');
    expect(await readdir(dataDirectory)).not.toContain('sample');

    const first = await startMarquee({ dataDirectory, args: SMALL });
    try {
      const second = await runMarquee({ dataDirectory, args: SMALL });
      expect(second.exit).toBe(1);
      expect(second.stderr.trim()).toMatch(
        /^marquee: DATA_DIRECTORY_UNUSABLE: .* in use by another Marquee process/,
      );
    } finally {
      expect(await first.end('SIGTERM')).toBe(0);
    }
    expect((await readdir(dataDirectory)).filter((entry) => entry.startsWith('.'))).toEqual([]);

    await portInUse(dataDirectory);
    await corruptLog(dataDirectory);
    await corruptSnapshot(dataDirectory);
  }, 120_000);

  it.each([
    ['an unknown option', ['--colour'], /CONFIG_INVALID: .*--colour/],
    ['a port that is none', ['--port', 'eighty'], /CONFIG_INVALID: .*PORT/],
    ['a folder that is not MovieLens', ['--data', '/'], /BAD_USER_INPUT: .*movies\.csv/],
    ['a world that is not there', ['--world', 'nowhere'], /NOT_FOUND: .*nowhere/],
    ['a world outside of the data directory', ['--world', '../elsewhere'], /CONFIG_INVALID: --world/],
    ['two worlds at once', ['--data', '/', '--world', 'own'], /CONFIG_INVALID: --data and --world/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const result = await runMarquee({ dataDirectory: join(folder.path, 'wrong'), args });
    expect(result.exit).toBe(1);
    const lines = result.stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('marquee:'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  it('says in one line that the data directory is none', async () => {
    const file = join(folder.path, 'a-file');
    await writeFile(file, 'mine');
    const result = await runMarquee({ dataDirectory: file });
    expect(result.exit).toBe(1);
    expect(result.stderr.trim()).toMatch(/^marquee: DATA_DIRECTORY_UNUSABLE: .*a-file/);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('says in one line that the data directory cannot be made where the system never lets one be', async () => {
    const result = await runMarquee({ dataDirectory: '/proc/marquee/deep', readyWithinMs: 20_000 });
    expect(result.exit).toBe(1);
    expect(result.stderr.trim()).toMatch(/^marquee: DATA_DIRECTORY_UNUSABLE: cannot use \/proc\/marquee/);
  });

  it('finds out that the port is taken before it prepares a world, and leaves none', async () => {
    const dataDirectory = join(folder.path, 'port-taken');
    await portInUse(dataDirectory);
    expect(await readdir(dataDirectory)).toEqual(['lock']);
  });

  it('refuses development conveniences in production', async () => {
    const result = await runMarquee({
      dataDirectory: join(folder.path, 'production'),
      environment: { NODE_ENV: 'production' },
    });
    expect(result.exit).toBe(1);
    expect(result.stderr).toMatch(/CONFIG_INVALID: --development .* refuses/);
  });

  it('explains itself', async () => {
    const result = await runMarquee({ dataDirectory: folder.path, args: ['--help'] });
    expect(result.exit).toBe(0);
    expect(result.stdout).toContain('npm start -- --data <folder>');
  });
});

async function portInUse(dataDirectory: string): Promise<void> {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as { port: number };
  try {
    const result = await runMarquee({ dataDirectory, args: [...SMALL, '--port', String(port)] });
    expect(result.exit).toBe(1);
    expect(result.stderr.trim()).toMatch(new RegExp(`^marquee: PORT_IN_USE: .*127\\.0\\.0\\.1:${port}`));
  } finally {
    blocker.close();
  }
}

async function corruptLog(dataDirectory: string): Promise<void> {
  const log = join(dataDirectory, 'sample', 'events.sqlite');
  const sound = await readFile(log);
  const damaged = Buffer.from(sound);
  damaged.fill(0x5a, sound.length >> 1, (sound.length >> 1) + 20_000);
  await writeFile(log, damaged);
  const result = await runMarquee({ dataDirectory, args: SMALL });
  expect(result.exit).toBe(1);
  expect(result.stderr.trim()).toMatch(/^marquee: DATA_CORRUPT: .*events\.sqlite is damaged/);
  expect(result.stderr.trim().split('\n')).toHaveLength(1);
  expect(await readFile(log)).toEqual(damaged);
  await writeFile(log, sound);
}

async function corruptSnapshot(dataDirectory: string): Promise<void> {
  const snapshot = join(dataDirectory, 'sample', 'online-store.snapshot');
  const bytes = await readFile(snapshot);
  bytes[bytes.length >> 1]! ^= 0xff;
  await writeFile(snapshot, bytes);
  const result = await runMarquee({ dataDirectory, args: SMALL });
  expect(result.exit).toBe(1);
  expect(result.stderr.trim()).toMatch(/^marquee: DATA_CORRUPT: .*online-store\.snapshot/);
  expect(await readFile(snapshot)).toEqual(bytes);

  const rebuilt = await startMarquee({ dataDirectory, args: [...SMALL, '--rebuild-features'] });
  expect(await rebuilt.end('SIGTERM')).toBe(0);
}
