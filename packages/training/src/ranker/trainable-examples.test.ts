/** What no ranker can learn from: named by its row, before anything is fitted, whichever ranker is trained. */
import { readdir } from 'node:fs/promises';
import { RANKING_COLUMNS } from '@marquee/features';
import { isMarqueeError, type MarqueeError } from '@marquee/service-kit';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { multiTaskHeads } from './multi-task/multi-task-model.ts';
import { trainMultiTask } from './multi-task/train-multi-task.ts';
import { RANKER_ALGORITHMS } from './ranker-trainer.ts';
import { madeExamples } from './test/ranking-examples.ts';
import { trainRanker } from './train-ranker.ts';

const columns = RANKING_COLUMNS.length;
const ROW = 1_203;
const few = madeExamples(400, 1);

const WRONG: readonly [
  string,
  'matrix' | 'labels' | 'weights' | 'watchSeconds' | 'at' | 'places',
  number,
  RegExp,
][] = [
  ['a feature that is no number', 'matrix', Number.NaN, /row 1203 has NaN as its \w+/],
  ['an infinite feature', 'matrix', Number.NEGATIVE_INFINITY, /row 1203 has -Infinity as its/],
  ['a label that is no number', 'labels', Number.NaN, /row 1203 has the label NaN/],
  ['a label beyond 1', 'labels', 2, /row 1203 has the label 2/],
  ['a weight that is no number', 'weights', Number.NaN, /row 1203 weighs NaN/],
  ['a weight below 0', 'weights', -1, /row 1203 weighs -1/],
  ['a length that is no number', 'watchSeconds', Number.NaN, /row 1203 was watched for NaN seconds/],
  ['an infinite length', 'watchSeconds', Number.POSITIVE_INFINITY, /was watched for Infinity seconds/],
  ['a length below 0', 'watchSeconds', -5, /was watched for -5 seconds/],
  ['an instant that is no number', 'at', Number.NaN, /row 1203 is of the instant NaN/],
  ['an infinite place', 'places', Number.POSITIVE_INFINITY, /row 1203 stood in place Infinity/],
];

describe.each(RANKER_ALGORITHMS)('%s', (algorithm) => {
  it.each(WRONG)('refuses %s', async (_, field, value, message) => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const values = few[field]!.slice();
    values[field === 'matrix' ? ROW * columns + 4 : ROW] = value;
    const options = { algorithm, now: SAMPLE_INSTANT, folder: folder.path, seed: 1 };
    const error = await trainRanker({ ...few, [field]: values }, options).catch((thrown: unknown) => thrown);
    expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true);
    expect((error as MarqueeError).message).toMatch(message);
    expect(error).toMatchObject({ field });
    expect(await readdir(folder.path)).toEqual([]);
  });
});

it('lengths may be as long as they like', async () => {
  // A thousand hours each, as of somebody who mistook the unit.
  const watchSeconds = few.watchSeconds!.map((seconds) => seconds * 1_000);
  const { model } = await trainMultiTask(
    { ...few, watchSeconds },
    { seed: 1, now: SAMPLE_INSTANT, epochs: 1 },
  );
  const { hours } = multiTaskHeads(model, few.matrix, 50);
  for (const each of hours) expect(each).toBeGreaterThan(100);
});
