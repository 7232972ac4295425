/** A world of three rankers and no catalogue, and the commands as somebody asks them. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { createRandom, systemClock } from '@marquee/domain';
import { productionOf, writeHoldout } from '@marquee/model-registry';
import { createModelFollower, type ModelRuntime } from '@marquee/model-runtime';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import type { TrainedModel } from '@marquee/trainer';
import { exportLogisticRegression, trainLogisticRegression, writeModelFolder } from '@marquee/training';
import { onTestFinished } from 'vitest';
import { RANKING_INPUTS, rankingRuntime } from '../../deps.ts';
import type { World } from '../../world/data-directory.ts';
import { MODEL_COMMANDS, type ModelsAnswer, type ModelsRequest } from '../model-commands.ts';
import { MODEL_LINES } from '../model-lines.ts';
import { installationPlace, type ModelPlace, worldPlace } from '../model-place.ts';

const COLUMNS = RANKING_INPUTS.columns.length;
export const IN_FORCE_MS = 2_000;
const quiet = { phase: () => undefined, update: () => undefined, end: () => undefined };

/** Two models of so many examples are as good as each other, as far as a holdout set can tell. */
const EXAMPLES = 8_000;

/** What is watched follows the first two columns. What there is to learn is the same however many there are. */
function examples(rows: number, seed: number, shuffled = false) {
  const random = createRandom(seed);
  const noise = random.fork('noise');
  const matrix = Float32Array.from({ length: rows * COLUMNS }, (_, i) =>
    i % COLUMNS < 2 ? random.next() : noise.next(),
  );
  const labels = Float32Array.from({ length: rows }, (_, row) => {
    const at = shuffled ? random.integer(rows) : row;
    const logit = 5 * matrix[at * COLUMNS]! + 3 * matrix[at * COLUMNS + 1]! - 4;
    return Number(random.next() < 1 / (1 + Math.exp(-logit)));
  });
  return { matrix, rows, columns: COLUMNS, labels };
}

export async function train(
  modelsFolder: string,
  version: string,
  seed: number,
  shuffled = false,
): Promise<string> {
  const model = await trainLogisticRegression(examples(EXAMPLES, seed, shuffled));
  const folder = await writeModelFolder(modelsFolder, {
    onnx: exportLogisticRegression(model),
    manifest: {
      name: 'home-ranker',
      version,
      createdAt: '2026-01-02T00:00:00.000Z',
      input: { name: 'features', columns: [...RANKING_INPUTS.columns] },
      output: { name: 'probability' },
      featureViews: { ...RANKING_INPUTS.featureViews },
      trainingWindow: {
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-31T00:00:00.000Z',
        examples: EXAMPLES,
      },
      ...{ metrics: {}, parameters: {}, seed, parent: null },
    },
    evaluation: {},
  });
  return basename(folder);
}

/** Three models: in force, another good one, and one whose labels were shuffled. */
export async function models(modelsFolder: string): Promise<void> {
  mkdirSync(modelsFolder, { recursive: true });
  await train(modelsFolder, 'one', 1);
  await train(modelsFolder, 'two', 2);
  await train(modelsFolder, 'bad', 3, true);
  const { columns: _, ...set } = examples(5_000, 77);
  await writeHoldout(
    modelsFolder,
    {
      ...set,
      ...RANKING_INPUTS,
      weights: new Float32Array(set.rows).fill(1),
      groups: Uint32Array.from({ length: set.rows }, (__, row) => Math.floor(row / 5)),
      from: '2026-02-01T00:00:00.000Z',
      to: '2026-02-02T00:00:00.000Z',
    },
    Date.UTC(2026, 2, 1),
  );
}

export const WORLD: World = {
  formatVersion: 1,
  name: 'small',
  source: 'a test',
  preparedAt: '2026-01-01T00:00:00.000Z',
  ...{ titles: 1, profiles: 1, events: 1, rejected: 0 },
  model: 'home-ranker-one',
  personas: [],
  tokenSecret: 'x'.repeat(32),
};

export async function smallWorld() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const world = join(folder.path, WORLD.name);
  await models(join(world, 'models'));
  writeFileSync(join(world, 'world.json'), JSON.stringify(WORLD));
  const place = await worldPlace({
    ...{ dataDirectory: folder.path, world: WORLD.name },
    ...{ clock: systemClock, logger: silentLogger },
  });
  return { place, folder: world };
}

export function ask(
  place: ModelPlace,
  what: string,
  more: Partial<ModelsRequest> = {},
): Promise<ModelsAnswer> {
  return MODEL_COMMANDS[what]!({
    ...{ place, by: 'ada', why: undefined, version: undefined, force: false, to: undefined },
    ...{ with: undefined, holdout: undefined, share: 0.1, tolerance: undefined },
    ...{ logger: silentLogger, progress: quiet, signal: new AbortController().signal },
    ...more,
  });
}

export const production = async ({ registry }: ModelPlace) => productionOf((await registry.current()).state);

export async function startedRuntime(): Promise<ModelRuntime> {
  const runtime = rankingRuntime({ rankerThreads: 1, logger: silentLogger });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  return runtime;
}

export const serves = (runtime: ModelRuntime, version: string) =>
  waitUntil(() => runtime.current?.version === version, {
    deadlineMs: IN_FORCE_MS,
    what: `serving ${version}`,
  });

/** An installation's processes, each following what it is told under `key`, and the commands' place in it. */
export async function installation(options: {
  /** Of a NATS server. */
  readonly url: string;
  readonly dataDirectory: string;
  readonly modelsFolder: string;
  readonly line: TrainedModel;
  /** What it was filled with. */
  readonly filledWith: string;
  readonly runtimes: readonly Pick<ModelRuntime, 'load' | 'current'>[];
}): Promise<{
  readonly place: ModelPlace;
  readonly broadcast: ConfigurationBroadcast;
  readonly key: string;
}> {
  const { url, dataDirectory, modelsFolder, line, filledWith, runtimes } = options;
  const { key } = MODEL_LINES[line];
  const stream = `models-${randomUUID().slice(0, 8)}`;
  const broadcast = createNatsBroadcast({ servers: url, stream });
  await broadcast.start();
  onTestFinished(() => broadcast.stop());
  await broadcast.put(key, filledWith);
  for (const runtime of runtimes) {
    const follower = createModelFollower({
      ...{ runtime, modelsFolder, key, logger: silentLogger },
      watch: (watched, onChange) => broadcast.watch(watched, ({ value }) => onChange(value)),
    });
    await follower.start();
    onTestFinished(() => follower.stop());
  }
  const place = await installationPlace({
    ...{ dataDirectory, modelsFolder, line, clock: systemClock, logger: silentLogger },
    environment: { NATS_URL: url, MARQUEE_STREAM: stream },
  });
  onTestFinished(() => place.close());
  return { place, broadcast, key };
}
