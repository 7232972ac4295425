import { RANKING_COLUMNS } from '@marquee/features';
import { SAMPLE_INSTANT } from '@marquee/testkit';
import { expect, it } from 'vitest';
import { choicesOf } from './choices.ts';
import { isGivenUp } from './given-up.ts';
import { growRanker } from './grow-ranker.ts';
import { taskRows } from './multi-task/multi-task-rows.ts';
import { madeExamples, RUNTIME } from './test/ranking-examples.ts';

const columns = RANKING_COLUMNS.length;

it('a play is given up within five minutes of a title that is longer', () => {
  const given = (minutes: number, seconds: number): boolean => {
    const matrix = new Float32Array(2 * columns);
    matrix[columns + RUNTIME] = minutes / 60;
    return isGivenUp({ matrix, columns, watchSeconds: Float32Array.of(0, seconds) }, 1);
  };
  expect([given(90, 299), given(90, 300), given(6, 130)]).toEqual([true, false, true]);
  // Over by then.
  expect([given(5, 290), given(3, 180), given(1, 60)]).toEqual([false, false, false]);
  // Of unknown length.
  expect([given(0, 60), given(0, 400)]).toEqual([true, false]);
});

it('no ranker takes short titles for given up', async () => {
  const films = madeExamples(1_000, 1);
  const shorts = { ...films, matrix: films.matrix.slice() };
  for (let row = 0; row < shorts.rows; row++) shorts.matrix[row * columns + RUNTIME] = 4 / 60;
  const { abandonment } = taskRows(films);
  expect(abandonment!.labels.reduce((sum, label) => sum + label, 0)).toBeGreaterThan(200);
  expect(taskRows(shorts).abandonment).toBeUndefined();
  expect(taskRows(shorts).hours).toBeDefined();
  const options = { seed: 1, now: SAMPLE_INSTANT, trees: 1 };
  expect((await growRanker(choicesOf(films), options)).length!.abandonment).toBeDefined();
  expect((await growRanker(choicesOf(shorts), options)).length).not.toHaveProperty('abandonment');
});
