/** The towers' way to production, on real versions and the very files that would serve. */
import { basename } from 'node:path';
import { createRandom, DAY_MS } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { productionOf, towerRegistry, writeRetrievalHoldout } from '@marquee/model-registry';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, temporaryFolder } from '@marquee/testkit';
import { releaseTowers, type WatchLog } from '@marquee/training';
import { contentOf } from '@marquee/training/two-tower';
import { expect, it, onTestFinished } from 'vitest';
import { promoteTowersStep } from './promote-towers-step.ts';

const NOW = Date.UTC(2026, 2, 1);
const HELD_FROM = NOW - 4 * DAY_MS;
const TITLES = sampleTitles(240);
const TASTES = 4;

/** Everybody watches titles of one taste, one a day. */
function watches(seed: number): WatchLog {
  const random = createRandom(seed);
  const own = TITLES.map((_, i) => i);
  return new Map(
    Array.from({ length: 300 }, (_, p) => [
      `p${p}`,
      random
        .shuffle(own.filter((i) => i % TASTES === p % TASTES))
        .slice(0, 16)
        .map((i, day) => ({ titleId: TITLES[i]!.id, at: NOW - (16 - day) * DAY_MS })),
    ]),
  );
}

function before(log: WatchLog, label: (id: string) => string = (id) => id): WatchLog {
  return new Map(
    [...log].map(([id, own]) => [
      id,
      own.filter(({ at }) => at < HELD_FROM).map(({ titleId, at }) => ({ titleId: label(titleId), at })),
    ]),
  );
}

async function line() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const registry = towerRegistry({ modelsFolder: folder.path, clock: { now: () => NOW } });
  const makeRuntime = (columns: readonly string[]) =>
    createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger: silentLogger });
  const train = async (log: WatchLog, at: number, seed = 1): Promise<string> => {
    const released = await releaseTowers(log, {
      ...{ seed, threads: 1, now: NOW + at, titles: createTitleTable(TITLES) },
      towers: {
        dimensions: 16,
        hidden: 16,
        buckets: 256,
        batchSize: 512,
        negatives: 200,
        learningRate: 0.01,
        patience: 10,
      },
    });
    const version = basename(await released!.write(folder.path));
    await registry.register(version, { by: 'ada', why: 'a test' });
    return version;
  };
  const holdout = async (log: WatchLog): Promise<void> => {
    const placeOf = new Map(TITLES.map(({ id }, place) => [id, place]));
    const places = (own: readonly { titleId: string }[]) => own.map(({ titleId }) => placeOf.get(titleId)!);
    await writeRetrievalHoldout(
      folder.path,
      {
        from: new Date(HELD_FROM).toISOString(),
        to: new Date(NOW).toISOString(),
        titles: TITLES.map((title) => ({ id: title.id, content: contentOf(title) })),
        profiles: [...log.values()].map((own) => ({
          history: places(own.filter(({ at }) => at < HELD_FROM)),
          wanted: places(own.filter(({ at }) => at >= HELD_FROM)),
        })),
      },
      NOW,
    );
  };
  const step = () => promoteTowersStep({ registry, makeRuntime }, {});
  const production = async () => productionOf((await registry.current()).state);
  return { registry, train, holdout, step, production };
}

it('one that finds as much as production takes over; one with labels that went wrong is stopped; and the way back is open', async () => {
  const { registry, train, holdout, step, production } = await line();
  const log = watches(3);
  expect(await step()).toMatchObject({ version: undefined });
  const first = await train(before(log), 0);
  const alone = await step();
  expect(alone).toMatchObject({ version: first, to: undefined });
  expect(alone.why).toMatch(/for a person to promote/);
  const byHand = { by: 'ada', why: 'worth a try', to: 'production', evidence: null, forced: false } as const;
  await registry.promote(first, byHand);
  const second = await train(before(log), 1_000);
  const unexamined = await step();
  expect(unexamined).toMatchObject({ version: second, to: undefined });
  expect(unexamined.why).toMatch(/no retrieval holdout/);
  await holdout(log);
  expect(await step()).toEqual({
    ...{ version: second, from: 'candidate', to: 'production', why: 'all gates passed' },
  });

  const shuffled = createRandom(9).shuffle(TITLES.map(({ id }) => id));
  const wrong = new Map(TITLES.map(({ id }, i) => [id, shuffled[i]!]));
  const bad = await train(
    before(log, (id) => wrong.get(id)!),
    2_000,
  );
  const stopped = await step();
  expect(stopped).toMatchObject({ version: bad, to: 'archived' });
  expect(stopped.why).toMatch(/popularity .*recall@100 \(gain over production −/);
  expect(await production()).toBe(second);

  // Of two that came since, the newest is looked at, and takes over.
  const older = await train(before(log), 3_000);
  const newer = await train(before(log), 4_000);
  expect(await step()).toMatchObject({ version: newer, to: 'production' });
  expect((await registry.current()).state.versions[older]).toMatchObject({ stage: 'archived' });
  await registry.rollback({ by: 'ada', why: 'a test' });
  expect(await production()).toBe(second);

  const late = await train(log, 5_000);
  expect((await step()).why).toMatch(/it may know the answers/);
  expect((await registry.current()).state.versions[late]).toMatchObject({ stage: 'archived' });
}, 60_000);
