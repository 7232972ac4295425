/** What was shown is compared with what was shown: no ranker learns from the policy that wrote the log that having been passed over is a merit. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { predict, trainLogisticRegression } from '../logistic-regression.ts';
import { calibration } from '../metrics/index.ts';
import { baseRate, choicesOf, examinedChoices, isLearnedFromPages } from './choices.ts';
import { fitWatchLine } from './fit-line.ts';
import { LEAST_POSITIVES, RANKER_ALGORITHMS } from './ranker-trainer.ts';
import {
  drawnExamples,
  EXAMPLE_KIND,
  type RankingExamples,
  rankingExamples,
  rowsWhere,
  takeRows,
} from './ranking-examples.ts';
import { AFFINITY, POPULARITY } from './test/ranking-examples.ts';
import { trainRanker } from './train-ranker.ts';

const columns = RANKING_COLUMNS.length;
const SEEN = RANKING_COLUMNS.indexOf('seen_without_play');
const SHOWN = 5;
const RANDOM = 4;

/**
 * Pages of five: the policy shows what it has shown before, and viewers watch what suits them and what they have not passed over yet, the
 * upper places more. Titles that are drawn at random nobody was ever shown.
 */
function pages(groups: number): RankingExamples {
  const random = createRandom(11);
  const rows: { x: Float32Array; label: number; kind: number; group: number; place: number }[] = [];
  for (let group = 0; group < groups; group++) {
    const shown = Array.from({ length: SHOWN }, (_, place) => {
      const x = Float32Array.from({ length: columns }, () => random.normal(0, 0.1));
      x[SEEN] = random.next() < 0.7 ? Math.log1p(1 + random.integer(4)) : 0;
      x[AFFINITY] = random.normal(0.3, 0.3);
      x[POPULARITY] = 3 + random.next();
      return { x, place };
    });
    const pulls = shown.map(({ x, place }) => Math.exp(3 * x[AFFINITY]! - 1.5 * x[SEEN]! - 0.4 * place));
    const chosen = random.weighted(pulls);
    rows.push({ ...shown[chosen]!, label: 1, kind: EXAMPLE_KIND.drawn, group });
    for (let i = 0; i < RANDOM; i++) {
      const x = Float32Array.from({ length: columns }, () => random.normal(0, 0.1));
      x[SEEN] = 0;
      x[POPULARITY] = random.next();
      rows.push({ x, label: 0, kind: EXAMPLE_KIND.drawn, group, place: chosen });
    }
    for (const other of shown) {
      if (other.place !== chosen) rows.push({ ...other, label: 0, kind: EXAMPLE_KIND.passedOver, group });
    }
  }
  const matrix = new Float32Array(rows.length * columns);
  for (const [i, { x }] of rows.entries()) matrix.set(x, i * columns);
  return rankingExamples({
    ...{ matrix, rows: rows.length, from: SAMPLE_INSTANT - 1_000, to: SAMPLE_INSTANT },
    labels: Float32Array.from(rows, ({ label }) => label),
    groups: Uint32Array.from(rows, ({ group }) => group),
    kinds: Uint8Array.from(rows, ({ kind }) => kind),
    places: Float32Array.from(rows, ({ place }) => place),
    at: new Float64Array(rows.length).fill(SAMPLE_INSTANT - 500),
    watchSeconds: Float32Array.from(rows, ({ label }) => label * 3_600),
  });
}

const set = pages(LEAST_POSITIVES + 150);
const randomAlone: RankingExamples = drawnExamples(set);

describe('choicesOf', () => {
  it('compares a watch on a page with what was passed over there, and with nothing that was never shown', () => {
    const choices = choicesOf(set);
    expect(choices.rows).toBe((LEAST_POSITIVES + 150) * SHOWN);
    expect(choices.positives).toBe(set.positives);
    expect(drawnExamples(choices).rows).toBe(choices.rows);
    for (let row = 0; row < choices.rows; row++) {
      expect(choices.matrix[row * columns + POPULARITY]).toBeGreaterThan(2.9);
      expect(choices.onPage![row]).toBe(1);
    }
  });

  it('compares a watch that no page led to with random titles, as if nothing had been shown', () => {
    const elsewhere = choicesOf(randomAlone);
    expect(elsewhere.rows).toBe(randomAlone.rows);
    for (let row = 0; row < elsewhere.rows; row++) {
      expect(elsewhere.onPage![row]).toBe(0);
      expect(elsewhere.matrix[row * columns + SEEN]).toBe(0);
      expect(elsewhere.matrix[row * columns + AFFINITY]).toBe(randomAlone.matrix[row * columns + AFFINITY]);
    }
    // The examples themselves stay as they are.
    expect(randomAlone.matrix[SEEN]).toBe(set.matrix[SEEN]);
  });

  it('keeps to random titles while hardly any page was seen', () => {
    const few = pages(LEAST_POSITIVES - 1);
    expect(choicesOf(few).onPage!.every((on) => on === 0)).toBe(true);
    expect(choicesOf(few).rows).toBe((LEAST_POSITIVES - 1) * (1 + RANDOM));
  });
});

describe('examinedChoices', () => {
  it('asks what models learn, also where few watches were on pages', () => {
    const few = pages(40);
    expect(isLearnedFromPages(set)).toBe(true);
    expect(isLearnedFromPages(few)).toBe(false);
    const { examples, rows } = examinedChoices(few, true);
    expect(examples.rows).toBe(40 * SHOWN);
    expect(Array.from(rows, (row) => few.labels[row])).toEqual(Array.from(examples.labels));
    for (let row = 0; row < examples.rows; row++) {
      expect(examples.matrix[row * columns + POPULARITY]).toBe(few.matrix[rows[row]! * columns + POPULARITY]);
      expect(examples.matrix[row * columns + POPULARITY]).toBeGreaterThan(2.9);
    }
  });

  it('asks of random titles where models learn from those', () => {
    expect(examinedChoices(set, false).examples.rows).toBe((LEAST_POSITIVES + 150) * (1 + RANDOM));
  });
});

describe('a probability', () => {
  const SCREENS = 20;
  /** The same pages beside others that nothing was watched on; `beside`: passed-over titles that are kept of each page with a watch. */
  const sampled = (beside: number): RankingExamples => {
    const kept = new Map<number, number>();
    const rows = rowsWhere(set, (row) => {
      if (set.kinds![row] !== EXAMPLE_KIND.passedOver) return true;
      const taken = kept.get(set.groups[row]!) ?? 0;
      kept.set(set.groups[row]!, taken + 1);
      return taken < beside;
    });
    const shown = { watched: set.positives, passedOver: set.positives * (SCREENS - 1) };
    return { ...takeRows(set, rows), shown };
  };

  it('is of a title on screen, however many of those that were passed over are among the examples', async () => {
    const logOdds = async (beside: number): Promise<number> => {
      const choices = choicesOf(sampled(beside));
      expect(baseRate(choices)).toBeCloseTo(1 / SCREENS, 5);
      const scores = predict(await fitWatchLine(choices), set.matrix, set.rows);
      return scores.reduce((sum, p) => sum + Math.log(p / (1 - p)), 0) / set.rows;
    };
    // The log of two, where it is one among those few.
    expect(Math.abs((await logOdds(4)) - (await logOdds(2)))).toBeLessThan(0.35);
  });

  it('is asked in an examination as it is learned', () => {
    const { examples } = examinedChoices(sampled(3), true);
    expect(baseRate(examples)).toBeCloseTo(1 / SCREENS, 5);
    expect(examples.rows).toBe(set.positives * 4);
  });

  it.each(RANKER_ALGORITHMS)(
    'of %s is as often true as it says, and its manifest says of what',
    async (algorithm) => {
      const folder = temporaryFolder();
      onTestFinished(folder.remove);
      const examples = sampled(4);
      const model = await trainRanker(examples, {
        algorithm,
        now: SAMPLE_INSTANT,
        folder: folder.path,
        seed: 1,
      });
      const { parameters } = JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8'));
      expect(parameters.baseRate).toBeCloseTo(1 / SCREENS, 5);
      const runtime = createOnnxRuntime({
        ...{ threads: 1, columns: RANKING_COLUMNS, logger: silentLogger },
        featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      });
      onTestFinished(() => runtime.stop());
      await runtime.start();
      await runtime.load(model);
      const { matrix, rows, labels, weights } = choicesOf(examples);
      const { probability } = await runtime.predict({ matrix, rows, columns });
      const { ratio } = calibration(probability, labels, 10, weights);
      expect(ratio).toBeGreaterThan(0.75);
      expect(ratio).toBeLessThan(1.35);
    },
  );
});

describe('having been passed over', () => {
  it('speaks for a title where what was shown is compared with what never was: the planted fault is one', async () => {
    const { weights } = await trainLogisticRegression(randomAlone, { l2: 1e-3 });
    expect(weights[SEEN]).toBeGreaterThan(1);
  });

  it('speaks for it in the first ranker there was, which is trained as it was to be compared with', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const model = await trainRanker(set, {
      asAtFirst: true,
      now: SAMPLE_INSTANT,
      folder: folder.path,
      seed: 1,
    });
    const of = async (file: string) => JSON.parse(await readFile(join(model, file), 'utf8'));
    expect((await of('evaluation.json')).weights.seen_without_play).toBeGreaterThan(1);
    expect((await of('manifest.json')).output.value).toBeUndefined();
  });

  it('is learned to speak against it, and the place on the page is not taken for the title', async () => {
    const { weights } = await fitWatchLine(choicesOf(set));
    expect(weights[SEEN]).toBeLessThan(-0.8);
    expect(weights[AFFINITY]).toBeGreaterThan(2);
  });

  it.each(RANKER_ALGORITHMS)('never speaks for it in what %s serves', async (algorithm) => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const model = await trainRanker(set, { algorithm, now: SAMPLE_INSTANT, folder: folder.path, seed: 1 });
    const runtime = createOnnxRuntime({
      ...{ threads: 1, columns: RANKING_COLUMNS, logger: silentLogger },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
    });
    onTestFinished(() => runtime.stop());
    await runtime.start();
    await runtime.load(model);
    const asked = pages(60);
    const given = async (impressions: number) => {
      const matrix = asked.matrix.slice();
      for (let row = 0; row < asked.rows; row++) matrix[row * columns + SEEN] = Math.log1p(impressions);
      return runtime.predict({ matrix, rows: asked.rows, columns });
    };
    const never = await given(0);
    expect(new Set(never.probability).size).toBeGreaterThan(20);
    for (const impressions of [1, 3, 10]) {
      const often = await given(impressions);
      for (let row = 0; row < asked.rows; row++) {
        expect(often.probability[row]!).toBeLessThanOrEqual(never.probability[row]! + 1e-6);
        expect(often.value![row]!).toBeLessThanOrEqual(never.value![row]! + 1e-6);
      }
    }
  });
});
