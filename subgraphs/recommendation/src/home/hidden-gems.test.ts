import { createRandom, DAY_MS, type MarqueeEvent, type Title } from '@marquee/domain';
import { titlePopularityView } from '@marquee/features';
import { buildSampleCatalogue } from '@marquee/sample-world';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import {
  createTestWorld,
  eventOf,
  type TestWorld,
  type TestWorldOptions,
  WORLD_NOW,
} from '../test/test-world.ts';

interface LivingWorld {
  readonly world: TestWorld;
  readonly running: RunningSubgraph;
}

const living: LivingWorld[] = [];
let sampleWorld: LivingWorld;
let ratedWorld: LivingWorld;
const rated = ratingWorld();

async function worldOf(options: TestWorldOptions): Promise<LivingWorld> {
  const world = await createTestWorld(options);
  const running = await runSubgraph(world.deps());
  living.push({ world, running });
  return { world, running };
}

beforeAll(async () => {
  sampleWorld = await worldOf({ profiles: 100, days: 30 });
  ratedWorld = await worldOf(rated);
});
afterAll(async () => {
  for (const { world, running } of living) {
    await running.stop();
    await world.stop();
  }
});

/** Titles that were watched, by how often; from the store, over the whole catalogue. */
async function watchesOf(world: TestWorld): Promise<ReadonlyMap<string, number>> {
  const blobs = await world.store.getMany(world.catalogue.map(({ id }) => titlePopularityView.key(id)));
  const row = new Float32Array(titlePopularityView.fields.length);
  const total = titlePopularityView.index('watches_total');
  return new Map(
    world.catalogue.map(({ id }, i) => [
      id,
      titlePopularityView.decodeInto(blobs[i], row, 0) ? row[total]! : 0,
    ]),
  );
}

const shareBelow = (values: readonly number[], value: number): number =>
  values.filter((other) => other < value).length / values.length;

test('hidden gems of the sample world are neither voted for nor watched by many, and well rated', async () => {
  const { world, running } = sampleWorld;
  const watches = await watchesOf(world);
  const votes = world.catalogue.flatMap(({ scoreCount }) => scoreCount ?? []);
  const scores = world.catalogue.flatMap(({ averageScore }) => averageScore ?? []);
  let rows = 0;
  for (const viewer of [
    'persona-nineties-action',
    'persona-classic-drama',
    'persona-horror-nights',
    undefined,
  ]) {
    const gems = (await running.home(viewer)).rows.nodes.find(({ kind }) => kind === 'HIDDEN_GEMS');
    if (gems === undefined) continue;
    rows++;
    const titles = gems.items.nodes.map(({ title }) => world.titles.get(title.id)!);
    for (const { id, scoreCount = 0 } of titles) {
      expect(shareBelow(votes, scoreCount)).toBeLessThan(0.82);
      expect(shareBelow([...watches.values()], watches.get(id)!)).toBeLessThan(0.82);
    }
    const scored = titles.flatMap(({ averageScore }) => averageScore ?? []);
    const mean = scored.reduce((sum, score) => sum + shareBelow(scores, score), 0) / scored.length;
    expect(mean).toBeGreaterThan(0.6);
  }
  expect(rows).toBeGreaterThanOrEqual(2);
});

/**
 * What an import of ratings looks like: no scores beside the titles, everything known from who watched what and
 * how it went, classics that everybody saw years ago, and a long tail that few have seen, some of it lately.
 */
function ratingWorld() {
  const random = createRandom(11);
  const films = buildSampleCatalogue({ now: WORLD_NOW }).titles.slice(0, 500);
  const catalogue = films.map(({ averageScore: _score, scoreCount: _votes, ...film }): Title => film);
  const famous = new Set<string>();
  const loved = new Set<string>();
  const events: MarqueeEvent[] = [];
  for (const [i, { id }] of catalogue.entries()) {
    const isFamous = i % 8 === 0;
    const isLoved = i % 2 === 0;
    if (isFamous) famous.add(id);
    if (isLoved) loved.add(id);
    const viewers = isFamous ? 30 + random.integer(30) : 1 + random.integer(7);
    for (let n = 0; n < viewers; n++) {
      const profileId = `rater-${random.integer(80)}`;
      const at = WORLD_NOW - (isFamous ? 700 + random.integer(700) : 1 + random.integer(60)) * DAY_MS;
      const pleased = random.next() < (isLoved ? 0.9 : 0.2);
      const seconds = pleased ? 7_000 : 1_500;
      events.push(
        eventOf(
          'PLAY_STOP',
          profileId,
          { titleId: id, watchedSeconds: seconds, positionSeconds: seconds },
          at,
        ),
      );
      if (pleased && random.next() < 0.5) {
        events.push(eventOf('REACTION_SET', profileId, { titleId: id, reaction: 'LIKE' }, at));
      }
    }
  }
  return { catalogue, famous, loved, events: events.toSorted((a, b) => a.occurredAt - b.occurredAt) };
}

test('hidden gems of a world of ratings alone are liked by the few who saw them, and no classic is among them', async () => {
  const { famous, loved } = rated;
  const { running } = ratedWorld;
  let shown = 0;
  let liked = 0;
  for (const viewer of ['rater-3', 'rater-17', 'rater-40', undefined]) {
    const gems = (await running.home(viewer)).rows.nodes.find(({ kind }) => kind === 'HIDDEN_GEMS');
    for (const { title } of gems?.items.nodes ?? []) {
      expect(famous.has(title.id)).toBe(false);
      shown++;
      if (loved.has(title.id)) liked++;
    }
  }
  expect(shown).toBeGreaterThanOrEqual(30);
  expect(liked / shown).toBeGreaterThan(0.8);
});
