import { mkdirSync, writeFileSync } from 'node:fs';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AutomaticPersistedQueries, sha256Of } from './automatic-persisted-queries.ts';
import { DocumentUsage } from './document-usage.ts';
import { createUsageFile, readUsage } from './usage-file.ts';

const titles = { id: 'titles', name: 'Titles', text: '{ titles { id } }', clients: [] };

describe('what strangers can make the gateway remember is bounded', () => {
  it('names and versions of clients in usage and metrics', async () => {
    const metrics = createMetrics('test');
    const usage = new DocumentUsage(() => 7, metrics);
    for (let turn = 0; turn < 12_000; turn++) {
      usage.count(titles, { name: `client-${turn}`, version: '1', proven: false }, 'id');
    }
    const entries = usage.entries();
    expect(entries.length).toBeLessThanOrEqual(5_001);
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(12_000);
    const { body } = await metrics.exposition();
    expect(body.split('\n').filter((line) => line.startsWith('marquee_documents_total{')).length).toBe(301);

    // Who proves it has a place all the same.
    usage.count(titles, { name: 'partner', version: '2', proven: true }, 'id');
    expect(usage.entries()).toContainEqual({
      ...{ id: 'titles', operation: 'Titles', client: 'partner', version: '2' },
      ...{ count: 1, lastAt: 7 },
    });
    expect((await metrics.exposition()).body).toMatch(/marquee_documents_total\{.*client="partner"/);
  });

  it('also over restarts, where what was used most stays', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const entry = (client: string, count: number) => ({
      ...{ id: 'titles', operation: 'Titles', client, version: '1', count, lastAt: 1 },
    });
    const madeUp = Array.from({ length: 25_000 }, (_, index) => entry(`client-${index}`, 1));
    mkdirSync(folder.file('usage'));
    writeFileSync(folder.file('usage/one.json'), JSON.stringify([...madeUp, entry('web', 9)]));
    const usage = new DocumentUsage(() => 7);
    const file = createUsageFile(folder.path, 'one', usage, silentLogger);
    await file.start();
    usage.count(titles, { name: 'web', version: '1', proven: false }, 'id');
    await file.stop();
    const kept = await readUsage(folder.path);
    expect(kept).toHaveLength(20_000);
    expect(kept[0]).toMatchObject({ client: 'web', count: 10 });
  });

  it('texts of automatic persisted queries', async () => {
    const automatic = new AutomaticPersistedQueries({ logger: silentLogger, maxCharacters: 10_000 });
    const texts = Array.from(
      { length: 200 },
      (_, index) => `{ title(id: "${String(index).padStart(100, '0')}") { id } }`,
    );
    for (const text of texts) await automatic.put(sha256Of(text), text);
    expect(automatic.size().characters).toBeLessThanOrEqual(10_000);
    expect(automatic.size().texts).toBeGreaterThan(50);
    expect(await automatic.get(sha256Of(texts[0]!))).toBeUndefined();
    expect(await automatic.get(sha256Of(texts.at(-1)!))).toBe(texts.at(-1));
  });
});

describe('usage on disk', () => {
  it('is summed over gateways and kept over restarts', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const run = async (name: string, times: number) => {
      const usage = new DocumentUsage(() => times);
      const file = createUsageFile(folder.path, name, usage, silentLogger);
      await file.start();
      for (let turn = 0; turn < times; turn++)
        usage.count(titles, { name: 'web', version: '1', proven: false }, 'id');
      await file.stop();
    };
    await run('one', 2);
    await run('two', 3);
    await run('one', 4);
    expect(await readUsage(folder.path)).toEqual([
      { id: 'titles', operation: 'Titles', client: 'web', version: '1', count: 9, lastAt: 4 },
    ]);
  });
});
