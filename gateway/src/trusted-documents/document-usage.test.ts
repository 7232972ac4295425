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
      usage.count(titles, { name: `client-${turn}`, version: '1' }, 'id');
    }
    const entries = usage.entries();
    expect(entries.length).toBeLessThanOrEqual(5_001);
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(12_000);
    const { body } = await metrics.exposition();
    expect(body.split('\n').filter((line) => line.startsWith('marquee_documents_total{')).length).toBe(501);
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
      for (let turn = 0; turn < times; turn++) usage.count(titles, { name: 'web', version: '1' }, 'id');
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
