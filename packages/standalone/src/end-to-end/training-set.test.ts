/** Training sets and parity of a world that was really served: pages over HTTP, feedback over HTTP, the lake that came of it. */
import { readdir } from 'node:fs/promises';
import { openLake } from '@marquee/event-lake';
import { isMarqueeError } from '@marquee/service-kit';
import { runCommand, startMarquee, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';

const VIEWERS = 12;

describe('what was served', () => {
  const folder = temporaryFolder();
  const served = new Set<string>();
  const command = (...args: string[]) => runCommand('training-set', [...args, '--data-dir', folder.path]);

  beforeAll(async () => {
    const marquee = await startMarquee({ dataDirectory: folder.path, args: ['--profiles', '150'] });
    try {
      for (let visit = 0; visit < 2; visit++) {
        for (let viewer = 1; viewer <= VIEWERS; viewer++) await visitOf(`sim-${viewer}`, viewer);
      }
      // The lake follows the log behind what is served, and its first start reads the whole history.
      expect(served.size).toBeGreaterThan(VIEWERS);
      await waitUntil(async () => ((await slatesInLake()) >= served.size ? true : undefined), {
        deadlineMs: 200_000,
        what: 'the slates in the lake',
      });
    } finally {
      await marquee.end('SIGTERM');
    }

    async function slatesInLake(): Promise<number> {
      const reader = await openLake({ folder: folder.file('sample/lake') }).catch((error: unknown) => {
        // Nothing has been committed yet.
        if (isMarqueeError(error, 'NOT_FOUND')) return undefined;
        throw error;
      });
      if (reader === undefined) return 0;
      try {
        const [row] = await reader.query(
          "SELECT count(*)::INTEGER AS n FROM stored_events WHERE type = 'SLATE_SERVED'",
        );
        return Number(row!.n);
      } finally {
        await reader.close();
      }
    }

    /** Sees the beginning of every row, and watches one title: another page is due after it. */
    async function visitOf(profileId: string, nth: number): Promise<void> {
      const client = createClient(marquee.url, profileId);
      const page = await client.home();
      // On a machine that is busy with other things a page may come from a fallback, which is no slate.
      if (page.degradations.length === 0) served.add(page.slateId);
      const items = page.rows.nodes
        .flatMap((row) => row.items.nodes.slice(0, 3))
        .map(({ trackingToken, title }) => ({ trackingToken, titleId: title.id }));
      expect(items.length).toBeGreaterThan(20);
      await client.record(items.map((item) => ({ type: 'IMPRESSION', ...item })));
      await client.record([{ type: 'PLAY_STOP', ...items[nth % items.length], watchedSeconds: 1_500 }]);
    }
  }, 400_000);
  afterAll(() => folder.remove());

  it('every logged feature is the one that a replay makes', async () => {
    const { exit, stdout, stderr } = await command('parity', '--sample', '1500');
    expect(stdout, stderr).toMatch(/\| skewed\s+\| +0 \|/);
    // Rows of pages that came from a fallback, as on a machine that is busy with other things, are counted apart.
    const counted = (pattern: RegExp) => Number((pattern.exec(stdout)?.[1] ?? '0').replaceAll(',', ''));
    const compared = counted(/^([\d,]+) logged rows made again/m);
    expect(compared + counted(/^Not compared: degraded ([\d,]+)$/m), stdout).toBe(1_500);
    expect(compared, stdout).toBeGreaterThan(300);
    expect(exit).toBe(0);
  }, 120_000);

  it('becomes a training set, of which no example knows the future', async () => {
    const from = new Date(Date.now() - 6 * 86_400_000).toISOString();
    const { exit, stdout, stderr } = await command('build', '--from', from);
    expect(exit, stderr).toBe(0);
    expect(stdout).toMatch(/examples made again from a log that ends at their time: the same/);
    expect(stdout).toMatch(/outcome-open \d+/);
    const [version] = await readdir(folder.file('sample/training-sets'));
    const shown = await runCommand('training-set', ['show', folder.file(`sample/training-sets/${version}`)]);
    expect(shown.stdout).toMatch(/qualified [\d,]+/);
  }, 180_000);
});
