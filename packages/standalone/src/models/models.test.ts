/** The commands on real folders, a real broadcast and real scoring threads; only the history is left out. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { followedModels } from './followed-models.ts';
import {
  ask,
  installation,
  models,
  production,
  serves,
  smallWorld,
  startedRuntime,
  train,
  WORLD,
} from './test/small-world.ts';

describe('npm run models on a world', () => {
  it('promotes what passes, stops what does not, and takes a rollback and a force with their reasons', async () => {
    const { place } = await smallWorld();
    expect((await ask(place, 'list')).text).toContain('home-ranker-one is in production');

    const stopped = await ask(place, 'promote', { version: 'home-ranker-bad' });
    expect(stopped).toMatchObject({
      refused: true,
      text: expect.stringMatching(/FAILED +ndcg@10.*Not promoted/s),
    });
    expect(await production(place)).toBe('home-ranker-one');
    // Slower than another tiny model or not: what counts here is what it predicts.
    const good = await ask(place, 'compare', { version: 'home-ranker-two' });
    expect(good.text).toMatch(/passed +ndcg@10/);

    await ask(place, 'promote', { version: 'home-ranker-two' });
    expect(await production(place)).toBe('home-ranker-two');
    await expect(ask(place, 'promote', { version: 'home-ranker-bad', force: true })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await ask(place, 'promote', { version: 'home-ranker-bad', force: true, why: 'to see it fail' });
    await expect(ask(place, 'rollback')).rejects.toThrow('--why');
    await ask(place, 'rollback', { why: 'it failed' });
    expect(await production(place)).toBe('home-ranker-two');

    const moves = await place.registry.history();
    expect(moves.map(({ kind, version, by, why, forced }) => [kind, version, by, why, forced])).toEqual([
      ['rollback', 'home-ranker-two', 'ada', 'it failed', false],
      ['promote', 'home-ranker-bad', 'ada', 'to see it fail', true],
      ['promote', 'home-ranker-two', 'ada', 'all gates passed', false],
      ['adopt', 'home-ranker-one', 'marquee', expect.any(String), false],
    ]);
    expect(moves[1]!.evidence).toMatchObject({ passed: false, comparedWith: 'home-ranker-two' });
    expect((await ask(place, 'log')).text).toContain('promote --force');
    expect((await ask(place, 'show', { version: 'home-ranker-bad' })).text).toContain('to see it fail');
    await expect(ask(place, 'show', { version: 'home-ranker-none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await ask(place, 'promote', { version: 'home-ranker-bad', to: 'canary', force: true, why: 'again' });
    expect((await ask(place, 'list')).text).toMatch(
      /home-ranker-bad \|.*canary.*serves \d+ % of the profiles/,
    );
  });

  it('reaches the process that serves the world within two seconds, and its next start', async () => {
    const { place, folder } = await smallWorld();
    const runtime = await startedRuntime();
    const options = { folder, world: WORLD, runtime, clock: systemClock, logger: silentLogger };
    const followed = await followedModels(options);
    expect(followed.production).toBe('home-ranker-one');
    await runtime.load(join(folder, 'models', followed.production));
    await startAll(followed.components, silentLogger);
    onTestFinished(async () => void (await stopAll(followed.components, silentLogger, 5_000)));
    await ask(place, 'promote', { version: 'home-ranker-two', force: true, why: 'a test' });
    await serves(runtime, 'two');
    expect((await followedModels(options)).production).toBe('home-ranker-two');
    await ask(place, 'rollback', { why: 'a test' });
    await serves(runtime, 'one');
    // Rebuilt or imported into: what was trained with the world takes over, as it did before there was a registry.
    const rebuilt = { ...WORLD, model: 'home-ranker-two' };
    await train(join(folder, 'models'), 'three', 4);
    const after = await followedModels({ ...options, world: { ...rebuilt, model: 'home-ranker-three' } });
    expect(after.production).toBe('home-ranker-three');
  });

  it('lets a world serve its own model where the registry is damaged', async () => {
    const { folder } = await smallWorld();
    mkdirSync(join(folder, 'models/.registry/ranking'), { recursive: true });
    writeFileSync(join(folder, 'models/.registry/ranking/00000001.json'), '{"kind":');
    const runtime = await startedRuntime();
    const options = { folder, world: WORLD, runtime, clock: systemClock, logger: silentLogger };
    const followed = await followedModels(options);
    expect(followed.production).toBe('home-ranker-one');
    await startAll(followed.components, silentLogger);
    await stopAll(followed.components, silentLogger, 5_000);
  });
});

describeOnServer('nats-server', 'npm run models on an installation', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('is in force in two processes within two seconds', async () => {
    const modelsFolder = folder.file('models');
    await models(modelsFolder);
    const runtimes = [await startedRuntime(), await startedRuntime()];
    const { place, broadcast, key } = await installation({
      ...{ url: server.url, dataDirectory: folder.path, modelsFolder, line: 'ranking', runtimes },
      filledWith: 'home-ranker-one',
    });
    await ask(place, 'promote', { version: 'home-ranker-two', force: true, why: 'a test' });
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'two')));
    await ask(place, 'rollback', { why: 'a test' });
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'one')));
    await broadcast.put(key, 'home-ranker-two');
    expect((await ask(place, 'list')).text).toContain('Its processes were told home-ranker-two');
    await ask(place, 'promote', { version: 'home-ranker-one' });
    await waitUntil(async () => (await broadcast.get(key))?.value === 'home-ranker-one');
  });
});
