/**
 * A canary in an installation of processes: the pointer goes through the configuration broadcast, a part of the profiles is served by it,
 * `assignments` says so, and the harm that their clients report takes it back without a person.
 */
import { randomUUID } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { canaryKey, productionOf } from '@marquee/model-registry';
import { describeOnServer, runCommand, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { type LocalPlatform, startLocalPlatform } from '../distributed/local-platform.ts';
import { rankingRegistry } from '../models/ranking-registry.ts';
import { sampleSource } from '../world/sample-source.ts';
import { createClient, type HomePage } from './client.ts';

const PROFILES = 80;
const COPIES = {
  ...{ content: 1, 'user-profile': 1, recommendation: 2, experiment: 1, gateway: 1 },
  ...{
    'feature-materializer': 1,
    'profile-projector': 1,
    'catalogue-indexer': 0,
    'lake-writer': 1,
    'model-promoter': 1,
  },
};

describeOnServer(
  ['postgres', 'nats-server', 'redis-server'],
  'a canary in a distributed installation',
  () => {
    const folder = temporaryFolder();
    const printed: string[] = [];
    let platform: LocalPlatform;
    let url: string;

    beforeAll(async () => {
      platform = await startLocalPlatform({
        folder: join(folder.path, 'distributed'),
        source: sampleSource({ profiles: PROFILES, historyDays: 10 }),
        copies: COPIES,
        ...{ partitions: 2, mode: 'development', gatewayPort: 0, logLevel: 'info', environment: {} },
        settings: { MARQUEE_CANARY_SHARE: '0.5', MARQUEE_CANARY_PROFILES: '30', MARQUEE_CANARY_HOURS: '0' },
        progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
        onLine: (name, line) => printed.push(`${name} ${line}`),
        onRestart: (name, how) => printed.push(`${name} ended: ${how}`),
        signal: new AbortController().signal,
      });
      const { port } = platform.specs.find(({ part }) => part === 'gateway')!;
      url = `http://127.0.0.1:${port}`;
    }, 400_000);
    afterAll(async () => {
      await platform?.stop();
      await folder.remove();
    }, 60_000);

    it('serves its share, says whom, and is taken back everywhere when their watches fall, without a person', async () => {
      onTestFailed(() => void process.stderr.write(printed.slice(-60).join('\n')));
      const registry = rankingRegistry(join(folder.path, 'distributed', 'models'), systemClock);
      const { version, production } = await candidate(registry.modelsFolder);
      const moved = await runCommand('models', [
        ...['promote', version, '--to', 'canary', '--share', '0.5', '--force', '--why', 'to be tried'],
        ...['--installation', '--data-dir', folder.path],
      ]);
      expect(moved, moved.stderr).toMatchObject({ exit: 0 });
      const profiles = Array.from({ length: PROFILES }, (_, i) => `sim-${i + 1}`);
      const key = canaryKey(version);
      await waitUntil(async () => (await armsOf(url, profiles.slice(0, 5), key)).some(Boolean), {
        ...{ deadlineMs: 90_000, what: 'being told of the canary' },
      });
      const arms = await armsOf(url, profiles, key);
      const drawn = arms.filter((arm) => arm === 'canary').length;
      expect(drawn).toBeGreaterThan(PROFILES * 0.25);
      expect(drawn).toBeLessThan(PROFILES * 0.75);

      const loaded = (process: string): boolean =>
        printed.some((line) => line.startsWith(process) && line.includes('a model is tried out'));
      await waitUntil(() => ['recommendation-1 ', 'recommendation-2 '].every(loaded), {
        ...{ deadlineMs: 60_000, what: 'loading the canary' },
      });
      for (const [i, profile] of profiles.entries()) {
        await watch(url, profile, arms[i] === 'canary' ? 20 : 1_500);
      }

      await waitUntil(async () => (await registry.current()).state.versions[version]?.stage === 'archived', {
        deadlineMs: 120_000,
        what: 'the rollback',
      });
      const { state } = await registry.current();
      expect(productionOf(state)).toBe(production);
      const [move] = await registry.history();
      expect(move).toMatchObject({ kind: 'reject', from: 'canary', by: 'model-promoter' });
      expect(move!.why).toMatch(/^rolled back, it hurts: /);
      expect(move!.evidence).toMatchObject({ verdict: 'hurt' });
      await waitUntil(async () => !(await armsOf(url, profiles.slice(0, 5), key)).some(Boolean), {
        ...{ deadlineMs: 5_000, what: 'being told of the rollback' },
      });
      expect(printed.filter((line) => line.includes(' ended: '))).toEqual([]);
    }, 400_000);
  },
);

/** What serves, under another name: how it does is what their clients say, not what it is. */
async function candidate(modelsFolder: string): Promise<{ version: string; production: string }> {
  const production = (await readdir(modelsFolder)).find((name) => name.startsWith('home-ranker-'))!;
  const version = 'home-ranker-20991231T000000Z-again';
  await cp(join(modelsFolder, production), join(modelsFolder, version), { recursive: true });
  const file = join(modelsFolder, version, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...manifest, version: '20991231T000000Z-again' }, null, 2));
  return { version, production };
}

/** Undefined for profiles that are held out, and while nobody tries it. */
async function armsOf(
  url: string,
  profileIds: readonly string[],
  key: string,
): Promise<readonly (string | undefined)[]> {
  const arms: (string | undefined)[] = [];
  for (const profileId of profileIds) {
    const { viewer } = await createClient(url, profileId).operation<{
      viewer: { assignments: { experimentKey: string; variantKey: string }[] };
    }>('Viewer');
    arms.push(viewer.assignments.find(({ experimentKey }) => experimentKey === key)?.variantKey);
  }
  return arms;
}

async function watch(url: string, profileId: string, watchedSeconds: number): Promise<void> {
  const client = createClient(url, profileId);
  const page: HomePage = await client.home();
  const { trackingToken, title } = page.rows.nodes[0]!.items.nodes[0]!;
  const occurredAt = new Date().toISOString();
  const event = (type: string, more: object = {}) => ({
    ...{ eventId: randomUUID(), type, titleId: title.id, occurredAt, trackingToken, ...more },
  });
  const { rejected } = await client.record([
    event('IMPRESSION'),
    event('PLAY_START'),
    event('PLAY_STOP', { watchedSeconds, positionSeconds: watchedSeconds }),
  ]);
  expect(rejected).toEqual([]);
}
