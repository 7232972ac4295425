import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { exportGbdt, predictGbdt, trainGbdt, writeModelFolder } from '@marquee/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHoldout, writeHoldout } from '../holdout/holdout-folder.ts';
import { measureCandidate } from '../measure-candidate.ts';
import { ModelRegistry } from '../model-registry.ts';
import { COLUMNS, generated, SERVED, trainedModel, VIEWS } from '../test/models.ts';
import { examine } from './examine.ts';
import { examineUntrained, groupInstants } from './examine-untrained.ts';
import type { Findings } from './gate.ts';
import { type GateReport, judge } from './judge.ts';

const folder = temporaryFolder();
const registry = new ModelRegistry({ modelsFolder: folder.path, clock: { now: () => 0 } });
// What a machine that does other things at the same time says about milliseconds is tested on its own, on figures.
const LIMITS = { latencyBudgetMs: 10_000 };

async function judged(candidate: string): Promise<GateReport> {
  const findings = await measureCandidate({
    registry,
    candidate,
    production: 'ranker-production',
    holdout: await readHoldout(folder.path),
    served: SERVED,
    makeRuntime: () => createOnnxRuntime({ threads: 1, ...SERVED, logger: silentLogger }),
  });
  return judge(findings, 'ranker-production', LIMITS);
}

const failed = (report: GateReport): string[] =>
  report.gates.flatMap(({ gate, passed }) => (passed ? [] : [gate]));

beforeAll(async () => {
  await writeHoldout(folder.path, generated(600, 77), Date.UTC(2026, 2, 1));
  await trainedModel(folder.path, 'production', { seed: 1 });
});
afterAll(folder.remove);

describe('the gates', () => {
  it('let a model pass that was trained on other data of the same world', async () => {
    const report = await judged(await trainedModel(folder.path, 'good', { seed: 2 }));
    expect(report.gates.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.gates.map(({ gate }) => gate)).toEqual(
      expect.arrayContaining(['checksum', 'feature-schema', 'ndcg@10', 'calibration', 'coverage', 'latency']),
    );
  });

  it('stop a logistic regression whose labels were shuffled', async () => {
    const report = await judged(await trainedModel(folder.path, 'shuffled', { seed: 2, labels: 'shuffled' }));
    expect(failed(report)).toEqual(expect.arrayContaining(['ndcg@10', 'log-loss']));
    expect(report.gates.find(({ gate }) => gate === 'ndcg@10')).toMatchObject({
      reason: expect.stringContaining('it may be worse'),
      figures: { upper: expect.toSatisfy((upper: number) => upper < 0) },
    });
  });

  it('stop trees whose labels were shuffled, and let the same trees pass on true labels', async () => {
    const trees = async (labels: 'true' | 'shuffled'): Promise<string> => {
      const { matrix, rows, labels: watched } = generated(3_000, 5, labels);
      const { model } = await trainGbdt(
        { matrix, rows, labels: watched, columns: COLUMNS.length },
        { objective: 'logistic', seed: 1, trees: 60, leaves: 8 },
        { threads: 1 },
      );
      expect(predictGbdt(model, matrix, 1)).toHaveLength(1);
      const { manifest } = await registry.verify('ranker-production');
      const path = await writeModelFolder(folder.path, {
        onnx: exportGbdt(model),
        manifest: { ...manifest, version: `trees-${labels}` },
        evaluation: {},
      });
      return path.split('/').at(-1)!;
    };
    expect(failed(await judged(await trees('shuffled')))).toEqual(
      expect.arrayContaining(['ndcg@10', 'log-loss']),
    );
    // Trees need more examples than this world has to be as sharp as the logistic regression that it was made with.
    const report = await judged(await trees('true'));
    const ndcg = report.gates.find(({ gate }) => gate === 'ndcg@10')!;
    expect(ndcg.figures.gain).toBeGreaterThan(-0.02);
  });

  it('stop a model that is damaged, or was trained on other columns or on the holdout set', async () => {
    const damaged = await trainedModel(folder.path, 'damaged');
    truncateSync(join(folder.path, damaged, 'model.onnx'), 60);
    expect(await judged(damaged)).toMatchObject({
      passed: false,
      gates: [{ gate: 'checksum', reason: expect.stringContaining('ranker-damaged') }],
    });
    const columns = ['popularity', 'affinity', 'noise'];
    const other = await trainedModel(folder.path, 'other', {
      manifest: { input: { name: 'features', columns } },
    });
    expect(await judged(other)).toMatchObject({
      passed: false,
      gates: [{ gate: 'feature-schema', reason: expect.stringContaining('in another order') }],
    });
    const trainingWindow = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T12:00:00.000Z', examples: 9 };
    const knowing = await trainedModel(folder.path, 'knowing', { manifest: { trainingWindow } });
    expect(failed(await judged(knowing))).toEqual(['unseen-holdout']);
  });
});

describe('a gate', () => {
  const set = generated(50, 3);
  const findings = (p99: number, theirs?: number, p50 = p99): Findings => {
    const contender = (milliseconds: number, median = milliseconds) => ({
      manifest: {
        trainingWindow: { examples: 0, to: '' },
        input: { columns: COLUMNS },
        featureViews: VIEWS,
        checksum: 'c',
      } as never,
      examination: examine(
        new Float32Array(set.rows).map((_, row) => row / set.rows),
        set,
      ),
      latency: { p50: median, p99: milliseconds },
    });
    return {
      candidate: contender(p99, p50),
      production: theirs === undefined ? undefined : contender(theirs),
      served: SERVED,
      untrained: examineUntrained(set),
      holdout: { name: 'h', from: set.from, to: set.to },
    };
  };

  it.each<[number, number | undefined, boolean]>([
    [14, 1, true],
    [16, 15, true],
    [16, 2, false],
    [16, undefined, false],
  ])('takes a p99 of %d ms, with production at %s, as %s', (p99, theirs, passed) => {
    const { gates } = judge(findings(p99, theirs), null);
    expect(gates.find(({ gate }) => gate === 'latency')?.passed).toBe(passed);
  });

  it('takes a tail that the median does not share for the machine', () => {
    const { gates } = judge(findings(16, 2, 2), null);
    expect(gates.find(({ gate }) => gate === 'latency')?.passed).toBe(true);
  });

  it('stop a model that puts the same few titles first, and none for the titles that chance leaves out', () => {
    const GROUPS = 400;
    const TITLES = 500;
    const SHOWN = 8;
    const random = createRandom(4);
    const items = Uint32Array.from({ length: GROUPS * SHOWN }, () => random.integer(TITLES));
    const asked = {
      ...{ rows: items.length, items, weights: new Float32Array(items.length).fill(1) },
      labels: Float32Array.from(items, (_, row) => Number(row % SHOWN === 0)),
      groups: Uint32Array.from(items, (_, row) => Math.floor(row / SHOWN)),
    };
    const own = Float32Array.from(items, () => random.next());
    const judgedBy = (scores: Float32Array) => {
      const found = findings(1, 1);
      const by = (given: Float32Array) => ({ ...found.candidate!, examination: examine(given, asked) });
      const { gates } = judge({ ...found, candidate: by(scores), production: by(own) }, 'production');
      return gates.find(({ gate }) => gate === 'coverage')!;
    };
    // The tenth of the catalogue that is known best, wherever one of it is shown.
    const collapsed = judgedBy(own.map((score, row) => score + Number(items[row]! < TITLES / 10)));
    expect(collapsed).toMatchObject({ passed: false, figures: { upper: expect.any(Number) } });
    expect(collapsed.figures.ratio).toBeLessThan(0.75);
    for (let other = 0; other < 10; other++) {
      expect(judgedBy(Float32Array.from(items, () => random.next()))).toMatchObject({ passed: true });
    }
    const few = judgedBy(own.map((score, row) => score + Number(items[row]! < TITLES / 50)));
    expect(few.figures.ratio).toBeLessThan(0.95);
    expect(few.passed).toBe(true);
  });

  it('gives a constant score nothing, and what is not a number less', () => {
    const constant = examine(new Float32Array(set.rows).fill(0.5), set);
    const broken = examine(new Float32Array(set.rows).fill(Number.NaN), set);
    expect(constant.constant).toBe(true);
    expect(broken.unusable).toBe(set.rows);
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const best = examine(set.labels, set);
    expect(mean(constant.ndcg)).toBeLessThan(mean(best.ndcg));
    expect(mean(broken.logLoss)).toBeGreaterThan(mean(constant.logLoss));
  });

  it('orders titles as a page would, by what they are worth, where a model says so', () => {
    const worthless = Float32Array.from(set.labels, (label) => 1 - label);
    const best = examine(set.labels, set);
    const upside = examine(set.labels, set, worthless);
    expect(upside.logLoss).toEqual(best.logLoss);
    for (const [group, ndcg] of upside.ndcg.entries()) expect(ndcg).toBeLessThanOrEqual(best.ndcg[group]!);
    expect(upside.ndcg).not.toEqual(best.ndcg);
  });

  describe('of gain', () => {
    const many = generated(400, 9);
    const DAY = 86_400_000;
    const begin = Date.parse(many.from);
    /** Of a perfect production that learned up to an instant, and a candidate that guesses a little better than nothing. */
    const beside = (learnedTo: number, instants: boolean) => {
      const guesses = Float32Array.from(many.labels, (label, row) =>
        row % 3 === 0 ? 0.5 : 0.3 + 0.4 * label,
      );
      const contender = (scores: Float32Array, to: number) => ({
        manifest: {
          trainingWindow: { examples: 9, to: new Date(to).toISOString() },
          input: { columns: COLUMNS },
          featureViews: VIEWS,
          checksum: 'c',
        } as never,
        examination: examine(scores, many),
        latency: { p50: 1, p99: 1 },
      });
      const decidedAt = Uint32Array.from(
        { length: many.rows },
        (_, row) => (begin + (row / many.rows) * DAY) / 1_000,
      );
      const found: Findings = {
        candidate: contender(guesses, begin - DAY),
        production: contender(many.labels, learnedTo),
        ...{ served: SERVED, untrained: examineUntrained(many) },
        holdout: {
          ...{ name: 'h', from: many.from, to: many.to },
          groupsAt: instants ? groupInstants({ ...many, decidedAt }) : undefined,
        },
      };
      return judge(found, 'production').gates.find(({ gate }) => gate === 'ndcg@10')!;
    };

    it('asks about what production has not learned from either', () => {
      expect(beside(begin - 1, true)).toMatchObject({ passed: false, figures: { groups: 400 } });
      const half = beside(begin + DAY / 2, true);
      expect(half.passed).toBe(false);
      expect(half.figures.groups).toBeGreaterThan(190);
      expect(half.figures.groups).toBeLessThan(210);
    });

    it('takes what needs no training for production where that knows the answers', () => {
      for (const knows of [beside(begin + DAY, true), beside(begin + DAY / 2, false)]) {
        expect(knows).toMatchObject({ passed: true, figures: { groups: 400 } });
        expect(knows.reason).toContain('what needs no training');
      }
    });

    it('counts each watch by its weight', () => {
      const right = (parity: number) =>
        Float32Array.from(many.labels, (label, row) =>
          many.groups[row]! % 2 === parity ? label : 1 - label,
        );
      const gainWith = (heavier: number): number => {
        const weights = Float32Array.from(many.groups, (group) => (group % 2 === heavier ? 3 : 1));
        const set = { ...many, weights };
        const contender = (parity: number) => ({
          manifest: {
            trainingWindow: { examples: 0, to: '' },
            input: { columns: COLUMNS },
            featureViews: {},
            checksum: 'c',
          } as never,
          examination: examine(right(parity), set),
          latency: { p50: 1, p99: 1 },
        });
        const found: Findings = {
          ...{
            candidate: contender(0),
            production: contender(1),
            served: { columns: COLUMNS, featureViews: {} },
          },
          ...{ untrained: examineUntrained(set), holdout: { name: 'h', from: set.from, to: set.to } },
        };
        return judge(found, 'production').gates.find(({ gate }) => gate === 'ndcg@10')!.figures.gain!;
      };
      expect(gainWith(0)).toBeGreaterThan(0.1);
      expect(gainWith(1)).toBeLessThan(-0.1);
    });

    it('counts a watch that nothing stands beside as the one row it is', () => {
      // Of every second page nothing is known but the watch.
      const alone = (row: number) => many.groups[row]! % 2 === 0;
      const kept = [...many.labels.keys()].filter((row) => !alone(row) || many.labels[row]! > 0.5);
      const set = {
        ...{ rows: kept.length, items: undefined },
        labels: Float32Array.from(kept, (row) => many.labels[row]!),
        groups: Uint32Array.from(kept, (row) => many.groups[row]!),
      };
      const weights = set.labels.map((label) => (label > 0.5 ? 1 : 10));
      const examined = (p: number) => examine(new Float32Array(set.rows).fill(p), { ...set, weights });
      const total = (p: number) => {
        const { logLoss, rowWeights } = examined(p);
        return logLoss.reduce((sum, loss, group) => sum + loss * rowWeights[group]!, 0);
      };
      const positives = set.labels.reduce((sum, label) => sum + label, 0);
      const rate = positives / weights.reduce((sum, weight) => sum + weight, 0);
      expect(total(rate)).toBeLessThan(total(2 * rate));
      expect(total(rate)).toBeLessThan(total(rate / 2));
      expect(examined(rate).calibrationError).toBeLessThan(1e-3);
    });

    it('says by how much more a model promises on the whole, in log odds', () => {
      const bold = generated(200, 3);
      const scored = (odds: number) => new Float32Array(bold.rows).fill(odds / (1 + odds));
      const contender = (odds: number) => ({
        manifest: {
          trainingWindow: { examples: 0, to: '' },
          input: { columns: COLUMNS },
          checksum: 'c',
          featureViews: VIEWS,
        } as never,
        ...{ latency: { p50: 1, p99: 1 }, examination: examine(scored(odds), bold) },
      });
      const { gates } = judge(
        {
          ...{ candidate: contender(0.05), production: contender(0.2), served: SERVED },
          ...{ untrained: examineUntrained(bold), holdout: { name: 'h', from: bold.from, to: bold.to } },
        },
        'production',
      );
      const { figures } = gates.find(({ gate }) => gate === 'calibration')!;
      expect(figures.promisedMore).toBeCloseTo(Math.log(0.05 / 0.2), 5);
    });

    it('says how many watches could tell, where chance alone refuses', () => {
      const few = generated(12, 5);
      const noisy = (seed: number) => examine(generated(12, seed).matrix.subarray(0, few.rows), few);
      const manifest = {
        trainingWindow: { examples: 0, to: '' },
        input: { columns: COLUMNS },
        checksum: 'c',
      };
      const contender = (seed: number) => ({
        ...{ manifest: { ...manifest, featureViews: VIEWS } as never, latency: { p50: 1, p99: 1 } },
        examination: noisy(seed),
      });
      const found: Findings = {
        ...{ candidate: contender(1), production: contender(2), served: SERVED },
        ...{ untrained: examineUntrained(few), holdout: { name: 'h', from: few.from, to: few.to } },
      };
      const gate = judge(found, 'production').gates.find(({ gate }) => gate === 'ndcg@10')!;
      expect(gate.figures.upper).toBeGreaterThan(0);
      expect(gate.reason).toMatch(
        /; 12 watches\): it may be worse by more than 0.005, and some \d{3,} watches could tell/,
      );
    });
  });

  it('gives the same answer to the same findings', () => {
    expect(judge(findings(1, 1), null)).toEqual(judge(findings(1, 1), null));
  });
});
