/** What is in force where it is served: the registry, who follows it, and real scoring threads. */
import { randomUUID } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { createModelFollower, type ModelRuntime } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { deadlineAfter, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ModelRegistry } from './model-registry.ts';
import { createProductionWatch } from './production-watch.ts';
import { publishProduction } from './publish-production.ts';
import { productionOf } from './stages/registry-state.ts';
import { SERVED, trainedModel } from './test/models.ts';

const BY = { by: 'ada', why: 'a test' };
const PROMOTION = { ...BY, to: 'production', evidence: null, forced: false } as const;
/** What is promised, everywhere. */
const IN_FORCE_MS = 2_000;

async function registryWith(...versions: string[]): Promise<ModelRegistry> {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = { now: () => Date.UTC(2026, 1, 1) };
  const registry = new ModelRegistry({ modelsFolder: folder.path, clock });
  for (const [i, version] of versions.entries()) {
    await trainedModel(folder.path, version, { seed: i + 1 });
  }
  await registry.adopt(`ranker-${versions[0]}`, BY);
  return registry;
}

async function runtimeOf(): Promise<ModelRuntime> {
  const runtime = createOnnxRuntime({ threads: 1, ...SERVED, logger: silentLogger });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  return runtime;
}

const serves = (runtime: ModelRuntime, version: string) =>
  waitUntil(() => runtime.current?.version === version, {
    deadlineMs: IN_FORCE_MS,
    what: `serving ${version}`,
  });

describe('a process that follows the registry itself', () => {
  it('swaps while it scores, without a failed request, and goes on with the last good one past a damaged one', async () => {
    const registry = await registryWith('a', 'b', 'c');
    const runtime = await runtimeOf();
    await runtime.load(join(registry.modelsFolder, 'ranker-a'));
    const watch = createProductionWatch({ registry, logger: silentLogger, pollMs: 50 });
    const loads: string[] = [];
    const follower = createModelFollower({
      runtime: {
        get current() {
          return runtime.current;
        },
        load(folder) {
          loads.push(folder);
          return runtime.load(folder);
        },
      },
      modelsFolder: registry.modelsFolder,
      watch: (_, onChange) => watch.watch(onChange),
      loaded: 'ranker-a',
      logger: silentLogger,
    });
    await startAll([watch, follower], silentLogger);
    onTestFinished(async () => void (await stopAll([watch, follower], silentLogger, 5_000)));
    expect(loads).toEqual([]);

    let done = false;
    let answers = 0;
    const scored = new Set<number>();
    const clients = Array.from({ length: 4 }, async () => {
      const matrix = Float32Array.from({ length: 300 }, (_, i) => (i % 7) / 7);
      while (!done) {
        const scores = await runtime.score({ matrix, rows: 100, columns: 3, deadline: deadlineAfter(5_000) });
        scored.add(scores[0]!);
        answers++;
      }
    });
    const ended = Promise.all(clients);
    ended.catch(() => undefined);
    for (const version of ['b', 'c']) {
      await registry.promote(`ranker-${version}`, PROMOTION);
      await serves(runtime, version);
    }
    await registry.rollback(BY);
    await serves(runtime, 'b');
    // Damaged after it was recorded: what serves stays, and the reason is told.
    truncateSync(join(registry.modelsFolder, 'ranker-a', 'model.onnx'), 50);
    await expect(registry.rollback(BY)).rejects.toMatchObject({ code: 'MODEL_INCOMPATIBLE' });
    const before = answers;
    await waitUntil(() => answers > before + 20);
    done = true;
    await ended;
    expect(runtime.current?.version).toBe('b');
    expect(scored.size).toBe(3);
    expect(follower.readiness()).toEqual({ ready: true });
  });

  it('goes on with what it has when the registry cannot be read, and says so', async () => {
    const registry = await registryWith('a', 'b');
    const watch = createProductionWatch({ registry, logger: silentLogger, pollMs: 20 });
    const seen: string[] = [];
    watch.watch((version) => seen.push(version));
    await watch.start();
    onTestFinished(() => watch.stop());
    expect(seen).toEqual(['ranker-a']);
    await registry.promote('ranker-b', PROMOTION);
    await waitUntil(() => seen.length === 2);
    // Half of a move, from its first moment: a whole one could have been read before it was damaged.
    writeFileSync(
      join(registry.modelsFolder, '.registry/ranking/00000003.json'),
      '{"sequence": 3, "kind": "p',
    );
    await waitUntil(() => watch.readiness().detail?.includes('cannot be used'));
    expect(watch.readiness().ready).toBe(true);
    expect(seen).toEqual(['ranker-a', 'ranker-b']);
  });
});

describe('publishing what is in production', () => {
  it('never leaves an older move in force, however many publish at once', async () => {
    const registry = await registryWith('a', 'b');
    const broadcast = createMemoryBroadcast();
    await broadcast.start();
    const moveAndPublish = async (move: () => Promise<unknown>): Promise<void> => {
      await move().catch(() => undefined);
      await publishProduction(registry, broadcast, 'models/ranking');
    };
    await registry.promote('ranker-b', PROMOTION);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        moveAndPublish(() =>
          i % 2 === 0 ? registry.rollback(BY) : registry.promote('ranker-b', { ...PROMOTION, forced: true }),
        ),
      ),
    );
    const production = productionOf((await registry.current()).state);
    expect((await broadcast.get('models/ranking'))?.value).toBe(production);
  });
});

describeOnServer('nats-server', 'a rollback in an installation', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('is in force in every process within two seconds, without a restart', async () => {
    const registry = await registryWith('a', 'b');
    const stream = `models-${randomUUID().slice(0, 8)}`;
    const connect = async (): Promise<ConfigurationBroadcast> => {
      const broadcast = createNatsBroadcast({ servers: server.url, stream });
      await broadcast.start();
      onTestFinished(() => broadcast.stop());
      return broadcast;
    };
    const operator = await connect();
    await publishProduction(registry, operator);
    const runtimes: ModelRuntime[] = [];
    for (let i = 0; i < 2; i++) {
      const [runtime, broadcast] = [await runtimeOf(), await connect()];
      const follower = createModelFollower({
        runtime,
        modelsFolder: registry.modelsFolder,
        watch: (key, onChange) => broadcast.watch(key, ({ value }) => onChange(value)),
        logger: silentLogger,
      });
      await follower.start();
      onTestFinished(() => follower.stop());
      runtimes.push(runtime);
    }
    expect(runtimes.map(({ current }) => current?.version)).toEqual(['a', 'a']);
    await registry.promote('ranker-b', PROMOTION);
    await publishProduction(registry, operator);
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'b')));
    await registry.rollback(BY);
    await publishProduction(registry, operator);
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'a')));
  });
});
