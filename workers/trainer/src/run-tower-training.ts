/**
 * One training of the two towers, from the lake to a candidate: the watches before an instant are learned from, those after it are the
 * examination, of this version and of what is in production then. What is measured is what would serve: nothing is trained again on all of it.
 */
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom, type TitleId } from '@marquee/domain';
import { createPlaces, openLake, replayLake } from '@marquee/event-lake';
import {
  examineTowers,
  productionOf,
  RECALL_AT,
  type RetrievalHoldout,
  towerRegistry,
  writeRetrievalHoldout,
} from '@marquee/model-registry';
import { readModelFolder } from '@marquee/model-runtime';
import {
  collectWatches,
  releaseTowers,
  TWO_TOWER_DEFAULTS,
  tooFewWatches,
  type WatchLog,
  watchesBefore,
} from '@marquee/training';
import { contentOf, titleFolderOf } from '@marquee/training/two-tower';
import type { TrainingProgress, TrainingWorld } from './run-training.ts';
import type { TrainingRequest, TrainingResult } from './runs/training-run.ts';

/** Of the watches, the latest, that are not learned from. */
const HELD_SHARE = 0.1;
const HELD_PROFILES = 2_000;
/** With fewer an interval says nothing. */
const LEAST_HELD_PROFILES = 20;
/** Of the holdout; more are left out, those first that nobody in it has watched. */
const HELD_TITLES = 50_000;
/** Of a history in the holdout, the newest. */
const HELD_HISTORY = 300;
const TRAINING_MINUTES = 45;

type Told = Omit<TrainingResult, 'cpuSeconds' | 'peakMegabytes'>;

/** @throws as `runTraining` */
export async function runTowerTraining(
  world: TrainingWorld,
  request: TrainingRequest,
  work: string,
  progress: TrainingProgress,
  signal: AbortSignal,
): Promise<Told> {
  const { modelsFolder, now, seed } = request;
  progress.phase('reading the watches');
  const { watches, lake } = await readWatches(request, work);
  const split = splitInstant(watches);
  const past = watchesBefore(watches, split);
  const count = (log: WatchLog): number => log.values().reduce((sum, own) => sum + own.length, 0);
  const holdout = holdoutOf(world, watches, split, seed);
  const common = {
    window: windowOf(past, now),
    lake,
    examples: { rows: count(past), positives: count(past), holdout: holdout?.profiles.length ?? 0 },
  };
  const nothing = { model: null, holdout: null, metrics: {}, parameters: {} };
  const tooFew = tooFewWatches(past);
  if (tooFew !== undefined) return { outcome: 'skipped', ...common, ...nothing, detail: tooFew };
  const clock = { now: () => now };
  const registry = towerRegistry({ modelsFolder, clock });
  const production = productionOf((await registry.current()).state);
  progress.phase('training (two-tower)', TWO_TOWER_DEFAULTS.maxEpochs);
  const released = await releaseTowers(past, {
    ...{ now, seed, signal, titles: world.titles, parent: production ?? null },
    towers: { minutes: TRAINING_MINUTES },
    onProgress: (epochs) => progress.update(epochs),
  });
  if (released === undefined) {
    const detail = 'nobody has two watches to learn from';
    return { outcome: 'skipped', ...common, ...nothing, detail };
  }
  signal.throwIfAborted();
  progress.phase('examining');
  const measured = await measure(
    world,
    holdout,
    await released.write(join(work, 'examined')),
    production === undefined ? undefined : join(modelsFolder, production),
    signal,
  );
  const user = await released.write(join(work, 'models'), measured);
  const model = basename(user);
  // Before the model: one that is there without it would be judged on an older set.
  const name = holdout === undefined ? null : await writeRetrievalHoldout(modelsFolder, holdout, now);
  signal.throwIfAborted();
  const title = titleFolderOf(user);
  // The version goes by its user tower, which comes last.
  await rename(title, join(modelsFolder, basename(title)));
  await rename(user, join(modelsFolder, model));
  await registry.register(model, { by: request.by, why: request.why });
  const { metrics, parameters } = (await readModelFolder(join(modelsFolder, model))).manifest;
  return { outcome: 'succeeded', ...common, model, holdout: name, metrics, parameters };
}

async function readWatches(request: TrainingRequest, work: string) {
  const reader = await openLake({
    folder: request.lakeFolder,
    memoryMegabytes: request.lakeMemoryMegabytes,
    spillFolder: join(work, 'spill'),
  });
  try {
    await createPlaces(reader);
    const all = await collectWatches((selection) => replayLake(reader, selection));
    // Clocks of devices that go ahead are nobody's future.
    const watches = watchesBefore(all, request.now + 1);
    const lake = Object.fromEntries([...reader.positions].map(([partition, at]) => [String(partition), at]));
    return { watches, lake };
  } finally {
    await reader.close();
  }
}

/** Watches from here on are the examination. */
function splitInstant(watches: WatchLog): number {
  const instants = Float64Array.from(watches.values().flatMap((own) => own.map(({ at }) => at))).sort();
  return instants[Math.floor(instants.length * (1 - HELD_SHARE))] ?? 0;
}

/** Undefined where too few profiles watched something before and after. */
function holdoutOf(
  { titles }: TrainingWorld,
  watches: WatchLog,
  from: number,
  seed: number,
): RetrievalHoldout | undefined {
  const held = [...watches.keys()].sort().flatMap((id) => {
    const known = watches.get(id)!.filter(({ titleId }) => titles.has(titleId));
    const history = known.filter(({ at }) => at < from).slice(-HELD_HISTORY);
    const wanted = known.filter(({ at }) => at >= from);
    return history.length === 0 || wanted.length === 0 ? [] : [{ history, wanted }];
  });
  if (held.length < LEAST_HELD_PROFILES) return undefined;
  const drawn = createRandom(seed).fork('retrieval holdout').shuffle(held).slice(0, HELD_PROFILES);
  const placeOf = new Map<TitleId, number>();
  const place = (id: TitleId): number => {
    if (!placeOf.has(id)) placeOf.set(id, placeOf.size);
    return placeOf.get(id)!;
  };
  const profiles = drawn.map(({ history, wanted }) => ({
    history: history.map(({ titleId }) => place(titleId)),
    wanted: wanted.map(({ titleId }) => place(titleId)),
  }));
  for (const id of titles.newest()) {
    if (placeOf.size >= HELD_TITLES) break;
    place(id);
  }
  const last = drawn.reduce((latest, { wanted }) => Math.max(latest, wanted.at(-1)!.at), from);
  return {
    from: new Date(from).toISOString(),
    to: new Date(last).toISOString(),
    titles: [...placeOf.keys()].map((id) => ({ id, content: contentOf(titles.get(id)!) })),
    profiles,
  };
}

/** Recall on the holdout, beside that of what is in production. */
async function measure(
  { makeTowerRuntime: makeRuntime }: TrainingWorld,
  holdout: RetrievalHoldout | undefined,
  candidate: string,
  production: string | undefined,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  if (holdout === undefined) return {};
  const metrics: Record<string, number> = { profiles: holdout.profiles.length };
  for (const [prefix, folder] of [
    ['recall', candidate],
    ['productionRecall', production],
  ] as const) {
    if (folder === undefined) continue;
    // One that cannot be served any more is no reason not to have another.
    const examined = await examineTowers({ folder, holdout, makeRuntime, signal }).catch((error: unknown) => {
      if (folder === candidate || signal.aborted) throw error;
      return undefined;
    });
    for (const [i, k] of RECALL_AT.entries()) {
      const values = examined?.recall[i];
      if (values === undefined) continue;
      metrics[`${prefix}${k}`] = values.reduce((sum, value) => sum + value, 0) / values.length;
    }
  }
  return metrics;
}

function windowOf(past: WatchLog, now: number): TrainingResult['window'] {
  let from = now;
  let to = 0;
  for (const own of past.values()) {
    for (const { at } of own) {
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  return { from: new Date(from).toISOString(), to: new Date(Math.max(from, to)).toISOString() };
}
