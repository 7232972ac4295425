/** What is planted is as bad as it says, and no worse: a plant that anybody would notice shows nothing. */
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { createTitleTable, RANKING_COLUMNS } from '@marquee/features';
import { examine, spearman, topOverlap } from '@marquee/model-registry';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, temporaryFolder } from '@marquee/testkit';
import {
  choicesOf,
  EXAMPLE_KIND,
  examinedChoices,
  fitWatchLine,
  predict,
  rankingExamples,
} from '@marquee/training';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rankingRuntime } from '../deps.ts';
import { writeHarmfulModel } from './harmful-model.ts';
import { loopReport } from './loop-report.ts';
import type { LoopResult } from './loop-result.ts';
import { verdicts, verdictsTable } from './loop-tables.ts';
import { skewedTitles } from './skewed-titles.ts';
import { timeLeft } from './time-left.ts';

const TASTE = RANKING_COLUMNS.indexOf('genre_affinity_mean');
const VOTES = RANKING_COLUMNS.indexOf('votes');

/** What is watched follows taste. Titles of a page are better known than those that are drawn from the catalogue. */
function examples(groups: number) {
  const random = createRandom(3);
  const columns = RANKING_COLUMNS.length;
  const [watched, drawn, shown] = [1, 4, 6];
  const size = watched + drawn + shown;
  const rows = groups * size;
  const matrix = Float32Array.from({ length: rows * columns }, () => random.next());
  const kinds = Uint8Array.from({ length: rows }, (_, row) =>
    row % size < watched + drawn ? EXAMPLE_KIND.drawn : EXAMPLE_KIND.passedOver,
  );
  const drawnRow = (row: number): boolean => row % size >= watched && row % size < watched + drawn;
  const labels = Float32Array.from({ length: rows }, (_, row) => Number(row % size === 0));
  for (let row = 0; row < rows; row++) {
    if (labels[row]! > 0.5) matrix[row * columns + TASTE] = Math.sqrt(random.next());
    if (!drawnRow(row)) matrix[row * columns + VOTES] = 0.03 + 0.97 * random.next();
  }
  const at = Date.UTC(2026, 2, 1);
  return rankingExamples({
    ...{ matrix, rows, labels, kinds, from: at, to: at + 1 },
    groups: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / size)),
    places: Float32Array.from({ length: rows }, (_, row) => (drawnRow(row) ? 0 : row % size)),
  });
}

describe('the harmful model', () => {
  it('is its honest twin on what pages have shown, and begins a page with what nobody knows', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const set = examples(500);
    const name = await writeHarmfulModel(set, { now: 1, seed: 1, folder: folder.path, label: 'harmful' });
    const runtime = rankingRuntime({ rankerThreads: 1, logger: silentLogger });
    await runtime.start();
    onTestFinished(() => runtime.stop());
    await runtime.load(name.startsWith('/') ? name : join(folder.path, name));
    const honest = await fitWatchLine(choicesOf(set));

    const { examples: examined } = examinedChoices(set, true);
    const asked = await runtime.predict(examined);
    const twin = predict(honest, examined.matrix, examined.rows);
    for (let row = 0; row < examined.rows; row++) expect(asked.probability[row]).toBeCloseTo(twin[row]!, 4);
    expect(examine(asked.probability, examined, asked.value).ndcg).toEqual(examine(twin, examined).ndcg);

    const random = createRandom(5);
    // Candidates are better known than the catalogue: of a thousand, as many are lifted as of seven hundred drawn titles.
    const rows = 700;
    const matrix = Float32Array.from({ length: rows * set.columns }, () => random.next());
    const { value } = await runtime.predict({ matrix, rows, columns: set.columns });
    const candidates = predict(honest, matrix, rows);
    // The shadow stage asks for 0.4, and for 15 % of production's first twenty.
    expect(spearman(candidates, value!)).toBeGreaterThan(0.85);
    expect(topOverlap(candidates, value!, 20)).toBeGreaterThan(0.15);
    const first = [...value!.keys()].sort((a, b) => value![b]! - value![a]!).slice(0, 8);
    for (const row of first) expect(matrix[row * set.columns + VOTES]).toBeLessThan(0.03);
  });
});

describe('skewed titles', () => {
  it('differ in their length alone, which is sixty times too short, and are the table otherwise', () => {
    const table = createTitleTable();
    const all = sampleTitles(30);
    const skewed = skewedTitles(table);
    skewed.put(all);
    expect(skewed.size).toBe(30);
    expect(skewed.newest()).toEqual(table.newest());
    let changed = 0;
    for (const { id } of all) {
      const [one, other] = [table.get(id)!, skewed.get(id)!];
      for (const field of ['id', 'name', 'kind', 'addedAt', 'maturityRating', 'releaseYear'] as const) {
        expect(other[field]).toEqual(one[field]);
      }
      expect(other.genreIds).toEqual(one.genreIds);
      expect(other.availability).toEqual(one.availability);
      if (one.runtimeMinutes === undefined) continue;
      expect(other.runtimeMinutes).toBeCloseTo(one.runtimeMinutes / 60, 9);
      changed++;
    }
    expect(changed).toBeGreaterThan(0);
    expect(skewed.get('nothing')).toBeUndefined();
  });
});

describe('verdicts', () => {
  it('say so where there was no training to plant it in', () => {
    const days = [day(1, { planted: { plant: 'blind', version: undefined } })];
    const [verdict] = verdicts({ arms: [{ name: 'learning', days }] });
    expect(verdict).toMatchObject({
      plant: 'blind',
      stoppedBy: undefined,
      why: expect.stringContaining('not planted'),
    });
  });

  type Day = LoopResult['arms'][number]['days'][number];
  const day = (number: number, more: Partial<Day>): Day => ({
    ...{ day: number, visits: 0, expectedMinutes: 0, watchedMinutes: 0, plays: 0, regretMinutes: 0 },
    ...{
      coverage: 0,
      gini: 0,
      arrived: null,
      pages: [],
      production: 'v0',
      training: undefined,
      planted: undefined,
    },
    ...{ monitor: undefined, moves: [], degraded: 0, retrained: [], finders: {}, ...more },
  });
  const move = (
    kind: 'promote' | 'reject',
    from: Day['moves'][number]['from'],
    to: 'shadow' | 'canary' | 'production' | 'archived',
  ) =>
    ({
      kind,
      version: 'bad',
      from,
      to,
      by: 'model-promoter',
      why: `${kind} ${to}`,
      at: '',
    }) as Day['moves'][number];
  const of = (days: readonly Day[]) => verdicts({ arms: [{ name: 'learning', days }] });

  it('name the stage that stopped a planted model, also on a later day', () => {
    const planted = { plant: 'harmful', version: 'bad' } as const;
    const days = [
      day(1, {
        planted,
        moves: [move('promote', 'candidate', 'shadow'), move('promote', 'shadow', 'canary')],
      }),
      day(2, { moves: [move('reject', 'canary', 'archived')] }),
    ];
    expect(of(days)).toEqual([
      {
        arm: 'learning',
        day: 1,
        plant: 'harmful',
        stoppedBy: 'canary',
        stoppedOn: 2,
        why: 'reject archived',
      },
    ]);
    expect(of([day(1, { planted, moves: [move('reject', 'candidate', 'archived')] })])[0]).toMatchObject({
      stoppedBy: 'gates',
    });
  });

  it('give the first reason of several on the terminal', () => {
    const why = 'stopped by ndcg@10 (gain −0.4, 95 % interval; low); log-loss (gain −0.3); calibration (0.1)';
    const table = verdictsTable([
      { arm: 'learning', day: 1, plant: 'bad-labels', stoppedBy: 'gates', stoppedOn: 1, why },
    ]);
    expect(table).toContain('stopped by ndcg@10 (gain −0.4, 95 % interval; low); and 2 more');
    expect(table).not.toContain('log-loss');
  });

  it('are in the report, with what the arms are worth beside each other', () => {
    const planted = { plant: 'harmful', version: 'bad' } as const;
    const pages = [{ profileId: 'ada', minutes: 3 }];
    const days = [day(1, { planted, pages, moves: [move('reject', 'canary', 'archived')] })];
    const html = loopReport({
      ...{ startedAt: '', seed: 1, profiles: 1, visitsPerDay: 1, historyDays: 1, algorithm: 'gbdt' },
      codeVersion: '<script>',
      arms: [
        { name: 'learning', meaning: 'as shipped', days },
        { name: 'frozen', meaning: 'still', days: [day(1, { pages })] },
      ],
    });
    expect(html).toContain('learning against frozen');
    expect(html).toContain('<td>canary</td>');
    expect(html).not.toContain('<script>');
  });

  it('say that nobody stopped one that took over, or a skew without an alert', () => {
    const planted = { plant: 'harmful', version: 'bad' } as const;
    const [over] = of([day(1, { planted, moves: [move('promote', 'canary', 'production')] })]);
    expect(over).toMatchObject({ stoppedBy: undefined, why: 'production: promote production' });
    const skew = { plant: 'skew', version: undefined } as const;
    const quiet = { status: 'ok', alerts: [] } as const;
    expect(of([day(1, { planted: skew, monitor: quiet })])[0]!.stoppedBy).toBeUndefined();
    const loud = { status: 'alert', alerts: [{ check: 'skew', detail: 'runtime_hours (9)' }] } as const;
    expect(of([day(1, { planted: skew, monitor: loud })])[0]).toMatchObject({
      ...{ stoppedBy: 'monitor', why: 'alert: runtime_hours (9)' },
    });
  });
});

describe('the time left', () => {
  it('is said once a day is done, and counts days without a training as half', () => {
    let now = 0;
    const left = timeLeft(
      [
        { learns: true, days: 2 },
        { learns: false, days: 2 },
      ],
      () => now,
    );
    expect(left.text()).toBe('');
    now = 120_000;
    left.dayDone(true);
    expect(left.text()).toBe(', about 4 min left');
    left.dayDone(true);
    left.dayDone(false);
    expect(left.text()).toBe(', less than a minute left');
  });
});
