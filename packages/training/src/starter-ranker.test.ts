import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom, DAY_MS, type DeliveredEvent, type EventOf } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createTitleTable, RANKING_COLUMNS } from '@marquee/features';
import { manifestSchema } from '@marquee/model-runtime';
import { eventOf, SAMPLE_INSTANT, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { trainStarterRanker } from './starter-ranker.ts';
import { buildTrainingSet, type TrainingSet } from './training-set.ts';
import type { Replay } from './watch-log.ts';

const START = SAMPLE_INSTANT - 60 * DAY_MS;
const titles = createTitleTable(
  sampleTitles(150, (i) => ({ genreIds: [`genre-${i % 6}`], directorIds: [`d${i % 30}`] })),
);
const ids = titles.newest();
function modelsFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return folder.path;
}
const makeStore = () => createMemoryStore();

/**
 * Viewers love one genre each and play from it three times out of four.
 * @param shown whether plays are led to by impressions, as live ones are and imported ones are not.
 */
function history(visits: number, shown: boolean): DeliveredEvent[] {
  const random = createRandom(7);
  const events: DeliveredEvent[] = [];
  for (let v = 0; v < visits; v++) {
    const profile = random.integer(120);
    const at = Math.floor(START + (v / visits) * 60 * DAY_MS);
    const add = (event: EventOf<'IMPRESSION' | 'PLAY_START' | 'PLAY_STOP'>): void => {
      events.push({ sequence: events.length + 1, event });
    };
    const loved = ids.filter((id) => titles.get(id)!.genreIds[0] === `genre-${profile % 6}`);
    const titleId = random.next() < 0.75 ? random.pick(loved) : random.pick(ids);
    const envelope = { profileId: `p${profile}`, occurredAt: at };
    if (shown) {
      for (const id of random.shuffle([titleId, random.pick(ids), random.pick(ids), random.pick(ids)])) {
        add(eventOf('IMPRESSION', { titleId: id }, envelope));
      }
    }
    add(eventOf('PLAY_START', { titleId }, { ...envelope, occurredAt: at + 1_000 }));
    add(
      eventOf('PLAY_STOP', { titleId, watchedSeconds: 3_000 }, { ...envelope, occurredAt: at + 3_000_000 }),
    );
  }
  return events;
}

const replayOf = (events: readonly DeliveredEvent[]): Replay =>
  async function* (options) {
    for (let i = 0; i < events.length; i += 1_000) {
      const batch = events.slice(i, i + 1_000);
      yield options?.types ? batch.filter(({ event }) => options.types!.includes(event.type)) : batch;
    }
  };

const columnOf = (set: TrainingSet, name: string, label: number): number[] => {
  const place = RANKING_COLUMNS.indexOf(name);
  return [...set.labels].flatMap((l, row) => (l === label ? [set.matrix[row * set.columns + place]!] : []));
};
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('buildTrainingSet', () => {
  it('takes examples from the later part only, each positive with its negatives', async () => {
    const set = (await buildTrainingSet({
      replay: replayOf(history(4_000, true)),
      titles,
      makeStore,
      seed: 1,
    }))!;
    expect(set.from).toBeGreaterThan(START + 20 * DAY_MS);
    expect(set.positives).toBeGreaterThan(200);
    expect([...set.labels].reduce((sum, label) => sum + label, 0)).toBe(set.positives);
    for (let row = 0; row < set.rows; row++) {
      const first = row === 0 || set.groups[row] !== set.groups[row - 1];
      expect(set.labels[row]).toBe(first ? 1 : 0);
    }
    expect(set.matrix.every(Number.isFinite)).toBe(true);
    // Three beside each, and beside those that were played again, which are no watch.
    const { watched, passedOver } = set.shown!;
    expect(watched).toBe(set.positives);
    expect(passedOver / watched).toBeGreaterThan(3);
    expect(passedOver / watched).toBeLessThan(5);
  });

  it('does not let the label into the features: what a play itself changes is not seen', async () => {
    const set = (await buildTrainingSet({
      replay: replayOf(history(4_000, true)),
      titles,
      makeStore,
      seed: 1,
    }))!;
    // A play clears its title's impressions. Rows taken then would show 0 for every positive and tell it apart.
    const seen = mean(columnOf(set, 'seen_without_play', 1));
    expect(seen).toBeGreaterThan(0.05);
    expect(Math.abs(seen - mean(columnOf(set, 'seen_without_play', 0)))).toBeLessThan(0.1);
  });

  it('knows no watch of the example window through co-watch', async () => {
    // Before the window nobody watches two titles; in it everybody watches the same pair.
    const events: DeliveredEvent[] = [];
    const watch = (profileId: string, titleId: string, day: number): void => {
      const event = eventOf(
        'PLAY_STOP',
        { titleId, watchedSeconds: 3_000 },
        { profileId, occurredAt: START + day * DAY_MS },
      );
      events.push({ sequence: events.length + 1, event });
    };
    for (let i = 0; i < 90; i++) watch(`solo${i}`, ids[i % 50]!, 1);
    for (let i = 0; i < 15; i++) {
      watch(`pair${i}`, ids[60]!, 40);
      watch(`pair${i}`, ids[61]!, 40.1);
    }
    const set = (await buildTrainingSet({
      replay: replayOf(events),
      titles,
      makeStore,
      seed: 1,
      windowShare: 0.2,
    }))!;
    expect(set.positives).toBeGreaterThan(10);
    expect(Math.max(...columnOf(set, 'co_watch', 1))).toBe(0);
  });

  it('is the same for the same seed and log, however the log is batched', async () => {
    const events = history(1_200, true);
    const one = await buildTrainingSet({ replay: replayOf(events), titles, makeStore, seed: 3 });
    const atOnce: Replay = async function* (options) {
      yield options?.types ? events.filter(({ event }) => options.types!.includes(event.type)) : events;
    };
    const two = await buildTrainingSet({ replay: atOnce, titles, makeStore, seed: 3 });
    expect(two).toEqual(one);
  });

  it('keeps to the bound on examples by taking the latest', async () => {
    const set = (await buildTrainingSet({
      replay: replayOf(history(4_000, false)),
      titles,
      makeStore,
      seed: 1,
      maxExamples: 100,
    }))!;
    expect(set.rows).toBeLessThanOrEqual(100);
    expect(set.from).toBeGreaterThan(START + 58 * DAY_MS);
  });

  it('is nothing without a watch', async () => {
    expect(await buildTrainingSet({ replay: replayOf([]), titles, makeStore, seed: 1 })).toBeUndefined();
  });
});

describe('trainStarterRanker', () => {
  const read = async (folder: string) => ({
    manifest: manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))),
    evaluation: JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')),
  });

  it.each([
    ['with impressions', true],
    ['from imported plays', false],
  ])('learns what viewers love, %s, and beats popularity on the held-out part', async (_, shown) => {
    const folder = modelsFolder();
    const model = await trainStarterRanker({
      replay: replayOf(history(6_000, shown)),
      titles,
      makeStore,
      seed: 1,
      now: SAMPLE_INSTANT,
      folder,
    });
    const { manifest, evaluation } = await read(model);
    expect(basename(model)).toBe(`home-ranker-${manifest.version}`);
    expect(manifest.parameters.source).toBe('trained');
    expect(manifest.input.columns).toEqual(RANKING_COLUMNS);
    expect(evaluation.holdout.auc).toBeGreaterThan(0.65);
    expect(evaluation.holdout.ndcg10).toBeGreaterThan(evaluation.holdout.popularityNdcg10);
    expect((await stat(join(model, 'model.onnx'))).size).toBeGreaterThan(100);
  });

  it('writes the hand-set prior where there is too little to learn from, and says so', async () => {
    const folder = modelsFolder();
    const model = await trainStarterRanker({
      replay: replayOf([]),
      titles,
      makeStore,
      seed: 1,
      now: SAMPLE_INSTANT,
      folder,
    });
    const { manifest } = await read(model);
    expect(manifest.parameters.source).toBe('prior');
    expect(manifest.trainingWindow.examples).toBe(0);
  });

  it('leaves no half-written folder behind when the version exists', async () => {
    const folder = modelsFolder();
    const options = { replay: replayOf([]), titles, makeStore, seed: 1, now: SAMPLE_INSTANT, folder };
    const model = await trainStarterRanker(options);
    const before = await readFile(join(model, 'manifest.json'), 'utf8');
    await expect(trainStarterRanker(options)).rejects.toThrow();
    expect(await readFile(join(model, 'manifest.json'), 'utf8')).toBe(before);
  });
});
