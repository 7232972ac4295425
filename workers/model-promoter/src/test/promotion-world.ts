/** A registry, models that were really trained, a store and a lake: all that a promotion looks at, small. */
import { basename, join } from 'node:path';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import {
  createRandom,
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  type MarqueeEvent,
  manualClock,
} from '@marquee/domain';
import { createEventLake } from '@marquee/event-lake';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  addSlate,
  CANARY_ARM,
  CONTROL_ARM,
  canaryKey,
  emptyTally,
  ModelRegistry,
  writeHoldout,
  writeShadowTally,
} from '@marquee/model-registry';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { exportLogisticRegression, trainLogisticRegression, writeModelFolder } from '@marquee/training';
import type { PromoterDeps } from '../promote-step.ts';

export const COLUMNS = ['affinity', 'popularity', 'noise'];
const VIEWS = { 'title-popularity': 3 };
const SERVED = { columns: COLUMNS, featureViews: VIEWS };
const GROUP = 5;
export const STARTED = Date.UTC(2026, 2, 1);

/** What is watched follows two of three columns. */
function generated(groups: number, seed: number, shuffled = false) {
  const random = createRandom(seed);
  const rows = groups * GROUP;
  const matrix = Float32Array.from({ length: rows * COLUMNS.length }, () => random.next());
  const labels = Float32Array.from({ length: rows }, (_, row) => {
    const at = (shuffled ? random.integer(rows) : row) * COLUMNS.length;
    const logit = 4 * matrix[at]! + 2 * matrix[at + 1]! - 4;
    return Number(random.next() < 1 / (1 + Math.exp(-logit)));
  });
  return { matrix, rows, labels };
}

export async function promotionWorld(folder: string) {
  const clock = manualClock(STARTED);
  const modelsFolder = join(folder, 'models');
  const lakeFolder = join(folder, 'lake');
  const store = createMemoryStore({ clock, logger: silentLogger });
  await store.start();
  const registry = new ModelRegistry({ modelsFolder, clock });
  const makeRuntime = () => createOnnxRuntime({ ...SERVED, threads: 1, logger: silentLogger });
  const catalogue = createSqliteCatalogue({
    file: join(folder, 'catalogue.sqlite'),
    clock,
    logger: silentLogger,
  });
  await catalogue.start();
  const deps: PromoterDeps = {
    ...{ registry, store, lakeFolder, catalogue, served: SERVED, makeRuntime, clock, logger: silentLogger },
  };

  /** @param options.unwatched how many titles each stands for that was not watched. Default 1, and the manifest does not say */
  async function train(
    version: string,
    seed: number,
    options: { shuffled?: boolean; unwatched?: number } = {},
  ): Promise<string> {
    const { matrix, rows, labels } = generated(1_500, seed, options.shuffled);
    const { unwatched } = options;
    const weights = labels.map((label) => (label > 0.5 ? 1 : (unwatched ?? 1)));
    const model = await trainLogisticRegression({ matrix, rows, columns: COLUMNS.length, labels, weights });
    const watched = labels.reduce((sum, label) => sum + label, 0);
    const baseRate = watched / weights.reduce((sum, weight) => sum + weight, 0);
    return basename(
      await writeModelFolder(modelsFolder, {
        onnx: exportLogisticRegression(model),
        manifest: {
          ...{ name: 'ranker', version, createdAt: '2026-01-02T00:00:00.000Z' },
          input: { name: 'features', columns: COLUMNS },
          output: { name: 'probability' },
          featureViews: VIEWS,
          trainingWindow: {
            from: '2026-01-01T00:00:00.000Z',
            to: '2026-01-31T00:00:00.000Z',
            examples: rows,
          },
          ...{ metrics: {}, seed, parent: null },
          parameters: unwatched === undefined ? {} : { baseRate },
        },
        evaluation: {},
      }),
    );
  }

  async function holdout(): Promise<void> {
    const set = generated(1_000, 77);
    await writeHoldout(
      modelsFolder,
      {
        ...{ ...set, columns: COLUMNS, featureViews: VIEWS, weights: new Float32Array(set.rows).fill(1) },
        groups: Uint32Array.from({ length: set.rows }, (_, row) => Math.floor(row / GROUP)),
        ...{ from: '2026-02-01T00:00:00.000Z', to: '2026-02-02T00:00:00.000Z' },
      },
      STARTED,
    );
  }

  /** Has a version score pages beside what is in production, as a process that serves does. */
  async function shadow(version: string, production: string, pages: number): Promise<void> {
    const [ours, theirs] = [makeRuntime(), makeRuntime()];
    await ours.load(join(modelsFolder, version));
    await theirs.load(join(modelsFolder, production));
    const tally = emptyTally();
    for (let page = 0; page < pages; page++) {
      const { matrix, rows } = generated(20, 1_000 + page);
      const request = { matrix, rows, columns: COLUMNS.length };
      const [a, b] = [await theirs.score(request), await ours.score(request)];
      addSlate(tally, {
        ...{ productionOrder: a, productionProbability: a, shadowOrder: b, shadowProbability: b },
        ...{ productionMs: 1, shadowMs: 1 },
      });
    }
    await Promise.all([ours.stop(), theirs.stop()]);
    await writeShadowTally(store, version, 'one-process', tally);
  }

  /** Writes what profiles did who were served by the canary or beside it; `watch` says how often by arm. */
  async function served(
    version: string,
    profiles: number,
    watch: Readonly<Record<'canary' | 'control', number>>,
    seed = 1,
  ): Promise<void> {
    const random = createRandom(seed);
    const lake = createEventLake({
      ...{ folder: lakeFolder, memoryMegabytes: 128, tickMs: 0, clock, logger: silentLogger },
    });
    await lake.start();
    await lake.open(0);
    const events: MarqueeEvent[] = [];
    for (let i = 0; i < profiles; i++) {
      const arm = i % 2 === 0 ? CANARY_ARM : CONTROL_ARM;
      const profileId = `p${seed}-${i}`;
      const at = clock.now() + i;
      const assignments = { [canaryKey(version)]: arm };
      const envelope = {
        ...{ schemaVersion: EVENT_SCHEMA_VERSION, occurredAt: at, receivedAt: at, profileId, assignments },
      };
      events.push({
        ...{ ...envelope, eventId: `slate-${profileId}`, type: 'SLATE_SERVED', slateId: `s-${profileId}` },
        payload: {
          surface: 'home',
          seed: 1,
          degradations: [],
          featureNames: [],
          featureMatrix: '',
          items: [],
        },
      } as MarqueeEvent);
      for (let play = 0; play < 4; play++) {
        const watchedSeconds = random.next() < watch[arm] ? 1_800 + random.integer(1_200) : 60;
        events.push({
          ...{ ...envelope, eventId: `play-${profileId}-${play}`, type: 'PLAY_STOP', occurredAt: at + 1_000 },
          payload: { titleId: `t${play}`, watchedSeconds },
        } as MarqueeEvent);
      }
    }
    const from = lake.position(0);
    await lake.append(
      0,
      events.map((event, i): DeliveredEvent => ({ sequence: from + i + 1, event })),
    );
    await lake.flush();
    await lake.stop();
  }

  return { deps, registry, clock, store, train, holdout, shadow, served, stop: () => catalogue.stop() };
}
