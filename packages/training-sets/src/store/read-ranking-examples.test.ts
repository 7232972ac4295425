/** What rankers are given of a training set: written and read as a file, decision by decision. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUR_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { isMarqueeError } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { EXAMPLE_KIND } from '@marquee/training';
import { afterAll, describe, expect, it } from 'vitest';
import { type Decision, type DecisionSlate, type Example, NOTHING_HAPPENED, type Split } from '../example.ts';
import { EXAMPLE_COLUMNS } from './example-columns.ts';
import { EXAMPLES_FILE, type TrainingSetManifest } from './manifest.ts';
import { readRankingExamples } from './read-ranking-examples.ts';
import { writeTrainingSet } from './write-training-set.ts';

const START = Date.UTC(2026, 2, 1);
const folder = temporaryFolder();
afterAll(folder.remove);
let sets = 0;

interface Planned {
  readonly id: string;
  readonly title: string;
  readonly profile?: string;
  /** On this page, at this row and position. */
  readonly at?: readonly [page: string, row: number, position: number];
  readonly watchSeconds?: number;
  /** Default: where something of it was watched. */
  readonly played?: boolean;
  readonly hours?: number;
  readonly split?: Split;
  readonly kind?: Decision['kind'];
  /** Titles drawn for it. */
  readonly negatives?: readonly string[];
}

function examplesOf(planned: readonly Planned[]): { examples: Example[]; splits: Map<string, Split> } {
  const splits = new Map<string, Split>();
  const examples = planned.flatMap((one, place): Example[] => {
    const { id, title, profile = 'ada', at, watchSeconds = 0, hours = place, kind = 'shown' } = one;
    splits.set(id, one.split ?? 'train');
    const decidedAt = START + hours * HOUR_MS;
    const decision: Decision = {
      ...{ id, kind, profileId: profile, titleId: title, decidedAt, receivedAt: decidedAt, place },
      ...{ device: undefined, outcomePlace: undefined },
      outcome: {
        ...NOTHING_HAPPENED,
        ...{ played: one.played ?? watchSeconds > 0, watchSeconds, qualified: watchSeconds > 120 },
      },
      slate: at && slateOf(at),
    };
    const example = (more: Partial<Example>): Example => ({
      ...{ id, groupId: id, kind, titleId: title, decision, origin: 'logged' },
      ...{ features: featuresOf(title), featuresAt: decidedAt, featuresPlace: place },
      ...more,
    });
    const drawn = (one.negatives ?? []).map((titleId) =>
      example({
        ...{ id: `${id}~${titleId}`, kind: 'random-negative', titleId, features: featuresOf(titleId) },
      }),
    );
    return [example({}), ...drawn];
  });
  return { examples, splits };
}

function slateOf([id, row, position]: readonly [string, number, number]): DecisionSlate {
  return {
    ...{ id, surface: 'home', place: 1, servedAt: START, item: 0, rowKind: 'TOP_PICKS', row, position },
    ...{ propensity: 1, sources: [], modelVersion: 'v1', assignments: undefined },
  };
}

/** Told apart by their title. */
const featuresOf = (title: string): Float32Array =>
  Float32Array.from(RANKING_COLUMNS, (_, i) => title.charCodeAt(0) + i / 100);

async function written(planned: readonly Planned[], changes: Partial<TrainingSetManifest> = {}) {
  const { examples, splits } = examplesOf(planned);
  const instant = new Date(START).toISOString();
  return writeTrainingSet({
    ...{ folder: folder.path, examples },
    contextOf: ({ decision }) => ({ split: splits.get(decision.id)!, end: START }),
    manifest: {
      ...{ version: `set-${++sets}`, createdAt: instant, window: { from: instant, to: instant }, lake: {} },
      ...{ seed: 1, codeVersion: 'test', settings: {}, rows: examples.length, exclusions: {} },
      counts: { label: {}, kind: {}, split: {}, featureOrigin: {} },
      split: { validationFrom: null, testFrom: null },
      ...{ learnedBefore: null, leakCheck: { cuts: 0, compared: 0 }, featureViews: {} },
      columns: EXAMPLE_COLUMNS.map(({ name, type, meaning }) => ({ name, type: String(type), meaning })),
      ...changes,
    },
  });
}

const numbers = (values: Iterable<number>): number[] => [...values];

describe('examples of a ranker, from a training set', () => {
  it('are groups of a qualified watch, what was drawn for it, and what was passed over on its page', async () => {
    const set = await written([
      { id: 'e1', title: 'a', at: ['p1', 0, 3] },
      { id: 'e2', title: 'b', at: ['p1', 1, 2], watchSeconds: 1_800, negatives: ['x', 'y'] },
      { id: 'e3', title: 'c', at: ['p1', 2, 0], watchSeconds: 60 },
      // On a page without a watch: it teaches no order.
      { id: 'e4', title: 'd', at: ['p2', 0, 0] },
    ]);
    const { examples, items } = (await readRankingExamples(set, ['train']))!;
    const { passedOver, givenUp, drawn } = EXAMPLE_KIND;
    // What was begun and given up is neither.
    expect(examples).toMatchObject({ rows: 5, positives: 1, shown: { watched: 1, passedOver: 2 } });
    expect(numbers(examples.labels)).toEqual([1, 0, 0, 0, 0]);
    expect(numbers(examples.groups)).toEqual([0, 0, 0, 0, 0]);
    expect(numbers(examples.kinds!)).toEqual([drawn, drawn, drawn, passedOver, givenUp]);
    expect(numbers(examples.watchSeconds!)).toEqual([1_800, 0, 0, 0, 60]);
    // What was drawn stands where the watch stood: the place must not be the label.
    expect(numbers(examples.places!)).toEqual([12, 12, 12, 3, 20]);
    expect(numbers(items)).toEqual([0, 1, 2, 3, 4]);
    for (const [row, title] of ['b', 'x', 'y', 'a', 'c'].entries()) {
      const columns = RANKING_COLUMNS.length;
      expect(examples.matrix.subarray(row * columns, (row + 1) * columns)).toEqual(featuresOf(title));
    }
  });

  it('give what was passed over to the first watch of a page alone, and pages of two people are two', async () => {
    const set = await written([
      { id: 'e1', title: 'a', at: ['p1', 0, 0], watchSeconds: 600, negatives: ['x'] },
      { id: 'e2', title: 'b', at: ['p1', 0, 1] },
      { id: 'e3', title: 'c', at: ['p1', 0, 2], watchSeconds: 900, negatives: ['y'] },
      { id: 'e4', title: 'd', profile: 'ben', at: ['p1', 0, 0] },
    ]);
    const { examples } = (await readRankingExamples(set, ['train']))!;
    expect(numbers(examples.groups)).toEqual([0, 0, 0, 1, 1]);
    expect(numbers(examples.kinds!)).toEqual([0, 0, EXAMPLE_KIND.passedOver, 0, 0]);
  });

  it('take no more than eight that were passed over, and say nothing of a place that there was not', async () => {
    const passed = Array.from(
      { length: 12 },
      (_, i): Planned => ({ id: `n${i}`, title: 'n', at: ['p1', 0, i] }),
    );
    const set = await written([
      ...passed,
      { id: 'e', title: 'a', at: ['p1', 1, 0], watchSeconds: 600, negatives: ['x'] },
      { id: 'search', title: 'b', kind: 'played', watchSeconds: 600, negatives: ['y'] },
    ]);
    const { examples } = (await readRankingExamples(set, ['train']))!;
    expect(numbers(examples.kinds!).filter((kind) => kind === EXAMPLE_KIND.passedOver)).toHaveLength(8);
    // What was found by a search was not on screen.
    expect(examples.shown).toEqual({ watched: 1, passedOver: 12 });
    expect(numbers(examples.places!).slice(-2)).toEqual([Number.NaN, Number.NaN]);
  });

  it('keep all that was begun and given up, also by who watched nothing else, and not only what is near', async () => {
    const given = (id: string, more: Partial<Planned>): Planned => ({
      id,
      title: 'g',
      watchSeconds: 40,
      ...more,
    });
    const set = await written([
      given('before all', { at: ['p0', 0, 0] }),
      { id: 'e1', title: 'a', at: ['p1', 0, 0], watchSeconds: 600, negatives: ['x'] },
      { id: 'e2', title: 'b', at: ['p2', 0, 0], watchSeconds: 600, negatives: ['y'] },
      ...Array.from({ length: 10 }, (_, i) => given(`g${i}`, { at: ['p1', 1, i] })),
      given('alone on its page', { profile: 'ben', at: ['p3', 2, 1] }),
      given('by a search', { profile: 'ben', kind: 'played' }),
      given('at once', { profile: 'ben', at: ['p4', 0, 0], watchSeconds: 0, played: true }),
      // A watch that nothing is compared with has no group; what was given up on its page has another.
      { id: 'e3', title: 'c', at: ['p5', 0, 0], watchSeconds: 600 },
      given('beside it', { at: ['p5', 0, 1] }),
    ]);
    const { examples } = (await readRankingExamples(set, ['train']))!;
    const rows = numbers(examples.kinds!).flatMap((kind, row) =>
      kind === EXAMPLE_KIND.givenUp ? [row] : [],
    );
    expect(rows.map((row) => examples.groups[row])).toEqual([...Array(11).fill(0), ...Array(4).fill(1)]);
    expect(examples).toMatchObject({ positives: 2, shown: { watched: 3, passedOver: 0 } });
    // Begun and left within the second: neither passed over nor watched.
    expect(rows.map((row) => examples.watchSeconds![row]).filter((seconds) => seconds === 0)).toEqual([0]);
    expect(rows.map((row) => examples.places![row]).slice(-4)).toEqual([21, Number.NaN, 0, 1]);
  });

  it('are of the parts that are asked for, and of before an instant', async () => {
    const watch = (id: string, hours: number, split: Split): Planned => ({
      ...{ id, title: id, at: [`page-${id}`, 0, 0], watchSeconds: 600, hours, split, negatives: ['x'] },
    });
    const set = await written([watch('a', 0, 'train'), watch('b', 5, 'validation'), watch('c', 9, 'test')]);
    const positives = async (splits: readonly Split[], before?: number) =>
      (await readRankingExamples(set, splits, before))?.examples.positives;
    expect(await positives(['train'])).toBe(1);
    expect(await positives(['train', 'validation'])).toBe(2);
    expect(await positives(['train', 'validation', 'test'], START + 5 * HOUR_MS)).toBe(1);
    const { examples } = (await readRankingExamples(set, ['validation', 'test']))!;
    expect([examples.from, examples.to]).toEqual([START + 5 * HOUR_MS, START + 9 * HOUR_MS]);
    expect(numbers(examples.at!)).toEqual([5, 5, 9, 9].map((hours) => START + hours * HOUR_MS));
  });

  it('are none where nothing was watched, or a watch stands alone', async () => {
    const set = await written([
      { id: 'e1', title: 'a', at: ['p1', 0, 0] },
      { id: 'e2', title: 'b', at: ['p2', 0, 0], watchSeconds: 600 },
    ]);
    expect(await readRankingExamples(set, ['train'])).toBeUndefined();
    expect(await readRankingExamples(set, ['test'])).toBeUndefined();
  });

  it('are refused from a damaged file, a missing one, and a set of other columns', async () => {
    const planned: Planned[] = [
      { id: 'e', title: 'a', at: ['p1', 0, 0], watchSeconds: 600, negatives: ['x'] },
    ];
    const refusal = async (set: string) => {
      const error = await readRankingExamples(set, ['train']).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return isMarqueeError(error) ? error.code : error;
    };
    const damaged = await written(planned);
    await appendFile(join(damaged, EXAMPLES_FILE), 'x');
    expect(await refusal(damaged)).toBe('DATA_CORRUPT');
    const other = await written(planned, {
      columns: EXAMPLE_COLUMNS.slice(0, -1).map(({ name, type, meaning }) => ({
        ...{ name, type: String(type), meaning },
      })),
    });
    expect(await refusal(other)).toBe('BAD_USER_INPUT');
    await mkdir(join(folder.path, 'nothing'));
    expect(await refusal(join(folder.path, 'nothing'))).toBe('NOT_FOUND');
  });
});
