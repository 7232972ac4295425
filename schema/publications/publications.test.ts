import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import {
  broadcastPublications,
  decodeSupergraph,
  hashOfSupergraph,
  type Publications,
  SUPERGRAPH_KEY,
} from '@marquee/gateway/supergraph';
import { startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderPublications } from './folder-publications.ts';
import { folderVariantPublications } from './folder-variants.ts';

const now = () => new Date('2026-03-01T12:00:00Z');
const text = (field: string) => `type Query { ${field}: Int }\n`;
const by = (sdl: string) => ({ sdl, publishedBy: 'ada', note: `why ${sdl.length}` });

function suite(open: () => Promise<Publications>): void {
  it('are numbered, and the last one is in force', async () => {
    const publications = await open();
    expect(await publications.current()).toBeUndefined();
    expect(await publications.history()).toEqual([]);
    expect(await publications.publish(by(text('a')), 0)).toMatchObject({ version: 1, publishedBy: 'ada' });
    await publications.publish(by(text('b')), 1);
    expect(await publications.current()).toMatchObject({ version: 2, sdl: text('b') });
    expect((await publications.history()).map(({ version }) => version)).toEqual([2, 1]);
    expect(await publications.text(1)).toBe(text('a'));
    expect(await publications.text(7)).toBeUndefined();
  });

  it('go back to an old text as a new version', async () => {
    const publications = await open();
    await publications.publish(by(text('a')), 0);
    await publications.publish(by(text('b')), 1);
    await publications.publish({ ...by(text('a')), rollbackTo: 1 }, 2);
    expect(await publications.current()).toMatchObject({ version: 3, sdl: text('a'), rollbackTo: 1 });
    expect(await publications.text(2)).toBe(text('b'));
  });

  it('that nobody could read afterwards are refused, and nothing is in the way of the next one', async () => {
    const publications = await open();
    await publications.publish(by(text('a')), 0);
    for (const unreadable of [{ note: 'n'.repeat(2_001) }, { publishedBy: 'a'.repeat(257) }]) {
      const refused = publications.publish({ ...by(text('b')), ...unreadable }, 1);
      await expect(refused).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(Object.keys(unreadable)[0]!),
      });
    }
    expect(await publications.current()).toMatchObject({ version: 1, sdl: text('a') });
    expect(await publications.publish(by(text('b')), 1)).toMatchObject({ version: 2 });
  });

  it('of somebody who has not seen the last one are refused, and of several at once one wins', async () => {
    const publications = await open();
    await publications.publish(by(text('a')), 0);
    await expect(publications.publish(by(text('b')), 0)).rejects.toMatchObject({ code: 'CONFLICT' });
    const race = await Promise.allSettled(
      ['c', 'd', 'e'].map((field) => publications.publish(by(text(field)), 1)),
    );
    expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const current = await publications.current();
    expect(current?.version).toBe(2);
    expect(await publications.text(2)).toBe(current?.sdl);
    expect((await publications.history()).map(({ version }) => version)).toEqual([2, 1]);
  });
}

function publisherProcess(file: string, sdl: string) {
  const script = fileURLToPath(new URL('test/racing-publisher.ts', import.meta.url));
  const publisher = spawn(process.execPath, [script, file, sdl, '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (publisher.exitCode === null && publisher.kill('SIGKILL')) await once(publisher, 'exit');
  });
  return publisher;
}

describe('publications (files)', () => {
  const open = async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    return { file: folder.file('supergraph.graphql') };
  };
  suite(async () => folderPublications((await open()).file, now));

  it('go on after a publisher that was ended before its version was in force', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    await publications.publish(by(text('a')), 0);
    const abandoned = {
      version: 2,
      hash: hashOfSupergraph(text('x')),
      publishedAt: now().toISOString(),
      publishedBy: 'bob',
      note: '',
    };
    await writeFile(`${file}.history/2.json`, JSON.stringify(abandoned));
    expect(await publications.publish(by(text('b')), 1)).toMatchObject({ version: 3 });
    // Nobody was served by it: there is nothing to go back to.
    expect((await publications.history()).map(({ version }) => version)).toEqual([3, 1]);
  });

  it('begin with the first that was in force, whoever was ended before it', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    await publications.publish(by(text('x')), 0);
    // As if its publisher had not got further.
    await rm(file);
    expect(await publications.history()).toEqual([]);
    expect(await publications.publish(by(text('a')), 0)).toMatchObject({ version: 2 });
    expect((await publications.history()).map(({ version }) => version)).toEqual([2]);
  });

  it('keep the history of before it was noted what came after what', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    for (const [after, field] of ['a', 'b', 'c'].entries())
      await publications.publish(by(text(field)), after);
    for (const version of [1, 2, 3]) {
      const path = `${file}.history/${version}.json`;
      const { after: _, ...former } = JSON.parse(await readFile(path, 'utf8'));
      await writeFile(path, JSON.stringify(former));
    }
    expect((await publications.history()).map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it('have one winner of several processes, and nothing of the others', async () => {
    const { file } = await open();
    await folderPublications(file, now).publish(by(text('a')), 0);
    const texts = ['b', 'c', 'd'].map(text);
    const publishers = texts.map((sdl) => publisherProcess(file, sdl));
    const lines = publishers.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]());
    await Promise.all(lines.map((each) => each.next()));
    for (const { stdin } of publishers) stdin.end('go\n');
    const outcomes = await Promise.all(lines.map(async (each) => (await each.next()).value));
    expect(outcomes.filter((outcome) => outcome === 'CONFLICT')).toHaveLength(2);
    const winner = texts[outcomes.findIndex((outcome) => outcome !== 'CONFLICT')]!;
    expect(await readFile(file, 'utf8')).toBe(winner);
    expect(await folderPublications(file, now).history()).toHaveLength(2);
    // Of those that were taken; a version that took too long is one of them.
    const files = await readdir(`${file}.history`);
    const taken = files.filter((name) => name.endsWith('.json'));
    expect(files.filter((name) => name.endsWith('.graphql'))).toHaveLength(taken.length);
    expect(files).toHaveLength(2 * taken.length);
  });

  it('are not taken back by a publisher whom another one has overtaken', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    await publications.publish(by(text('a')), 0);
    // Asked for once it is known what is in force: from here on it takes longer than others wait.
    const slow = folderPublications(file, () => {
      copyFileSync(`${file}.history/1.json`, `${file}.history/3.json`);
      return now();
    });
    await expect(slow.publish(by(text('slow')), 1)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readFile(file, 'utf8')).toBe(text('a'));
  });

  it('have one winner of many who begin at different moments', async () => {
    const { file } = await open();
    await folderPublications(file, now).publish(by(text('a')), 0);
    const race = await Promise.allSettled(
      Array.from({ length: 12 }, async (_, moment) => {
        for (let turn = 0; turn < moment; turn++) await nextTurn();
        return folderPublications(file, now).publish(by(text(`b${moment}`)), 1);
      }),
    );
    expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('name the file of a version that was damaged', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    await publications.publish(by(text('a')), 0);
    for (const damaged of ['{', '[]', '{"version":1}']) {
      await writeFile(`${file}.history/1.json`, damaged);
      await expect(publications.history()).rejects.toMatchObject({
        code: 'DATA_CORRUPT',
        message: expect.stringMatching(/1\.json cannot be used: .*\(take the file away\)$/),
      });
    }
  });

  it('take away what publishers left half written who were ended, and nothing of those who write', async () => {
    const { file } = await open();
    const publications = folderPublications(file, now);
    await publications.publish(by(text('a')), 0);
    const part = (name: string) => `${name}.${randomUUID()}.part`;
    const history = (name: string) => `${file}.history/${name}`;
    const hash = hashOfSupergraph(text('x'));
    const abandoned = [part(history(hash)), part(history('2.json')), part(file)];
    const others = [part(history(hash)), part(file), part(`${file}-of-another`), history('notes.part')];
    for (const path of [...abandoned, ...others]) await writeFile(path, text('x'));
    const longAgo = new Date(now().getTime() - 2 * 3_600_000);
    for (const path of [...abandoned, ...others.slice(2)]) await utimes(path, longAgo, longAgo);
    const justNow = new Date(now().getTime() - 60_000);
    for (const path of others.slice(0, 2)) await utimes(path, justNow, justNow);
    await publications.publish(by(text('b')), 1);
    expect(abandoned.filter((path) => existsSync(path))).toEqual([]);
    expect(others.filter((path) => !existsSync(path))).toEqual([]);

    const variants = folderVariantPublications(file, now);
    const preview = { ...by(text('c')), name: 'branch', days: 1, urls: {} };
    await variants.publish(preview);
    const abandonedVariant = part(`${file}.variants/other.json`);
    await writeFile(abandonedVariant, '{');
    await utimes(abandonedVariant, longAgo, longAgo);
    await variants.publish(preview);
    expect(existsSync(abandonedVariant)).toBe(false);
  });

  it('have one winner also of several who bring the same text', async () => {
    const { file } = await open();
    const race = await Promise.allSettled(
      Array.from({ length: 6 }, () => folderPublications(file, now).publish(by(text('a')), 0)),
    );
    const lost = race.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(lost).toEqual(Array.from({ length: 5 }, () => 'CONFLICT'));
  });

  it('take over from a file that was put there by hand', async () => {
    const { file } = await open();
    await writeFile(file, text('hand'));
    const publications = folderPublications(file, now);
    expect(await publications.current()).toMatchObject({ version: 0, sdl: text('hand') });
    expect(await publications.publish(by(text('a')), 0)).toMatchObject({ version: 1 });
  });
});

describe('publications (configuration broadcast in memory)', () => {
  const open = () => ({ broadcast: createMemoryBroadcast(), archive: createMemoryBroadcast(), now });
  suite(async () => broadcastPublications(open()));

  it('beyond the last hundred are forgotten, with their texts', async () => {
    const options = open();
    const publications = broadcastPublications(options);
    for (let i = 0; i < 102; i++) await publications.publish(by(text(`f${i}`)), i);
    const history = await publications.history();
    expect(history).toHaveLength(100);
    expect(history.at(-1)?.version).toBe(3);
    expect(await publications.text(2)).toBeUndefined();
    expect(await publications.text(3)).toBe(text('f2'));
  });

  it('have nothing in their history of who was overtaken on the way', async () => {
    const options = open();
    const publications = broadcastPublications(options);
    await publications.publish(by(text('a')), 0);
    const slow = broadcastPublications({
      ...options,
      broadcast: {
        ...options.broadcast,
        // While it is about to put its own in force, somebody else publishes.
        async put(...given) {
          await publications.publish(by(text('b')), 1);
          return options.broadcast.put(...given);
        },
      },
    });
    await expect(slow.publish(by(text('slow')), 1)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await publications.history()).map(({ version }) => version)).toEqual([2, 1]);
    expect(await publications.text(2)).toBe(text('b'));
    expect(await options.archive.get(`supergraph.texts.${hashOfSupergraph(text('slow'))}`)).toBeUndefined();
  });

  it('know what is in force also when its publisher was ended before it was noted', async () => {
    const options = open();
    const publications = broadcastPublications(options);
    await publications.publish(by(text('a')), 0);
    const dying = broadcastPublications({
      ...options,
      archive: {
        ...options.archive,
        put: async (key, ...given) => {
          if ((await publications.current())?.version === 2) throw new Error('the process is gone');
          return options.archive.put(key, ...given);
        },
      },
    });
    await expect(dying.publish(by(text('b')), 1)).rejects.toThrow('gone');
    expect((await publications.history()).map(({ version }) => version)).toEqual([2, 1]);
    expect(await publications.text(2)).toBe(text('b'));
    // The next one notes it.
    await publications.publish(by(text('c')), 2);
    expect((await publications.history()).map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(await publications.text(2)).toBe(text('b'));
  });
});

describeOnServer('nats-server', 'publications (configuration broadcast on NATS)', () => {
  const open = async () => {
    const folder = temporaryFolder();
    const server = await startLocalNats({ folder: folder.path });
    const connect = async (stream: string) => {
      const broadcast = createNatsBroadcast({ servers: server.url, stream });
      await broadcast.start();
      return broadcast;
    };
    const [gateways, broadcast, archive] = await Promise.all(
      ['marquee', 'marquee', 'marquee_supergraphs'].map(connect),
    );
    const publications = broadcastPublications({ broadcast: broadcast!, archive: archive!, now });
    onTestFinished(async () => {
      await publications.close();
      await gateways!.stop();
      await server.stop();
      await folder.remove();
    });
    return { publications, gateways: gateways! };
  };
  suite(async () => (await open()).publications);

  it('reach whoever watches', async () => {
    const { publications, gateways } = await open();
    const seen: number[] = [];
    gateways.watch(SUPERGRAPH_KEY, ({ value }) => seen.push(decodeSupergraph(value).version));
    await publications.publish(by(text('a')), 0);
    await publications.publish(by(text('b')), 1);
    await waitUntil(() => seen.at(-1) === 2, { deadlineMs: 1_500 });
  });
});
