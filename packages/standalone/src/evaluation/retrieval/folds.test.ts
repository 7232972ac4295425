/** Folds that somebody else made, all of them in one command. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../cli/progress.ts';
import type { DataSource } from './data-set.ts';
import { evaluateFolds, evaluateRetrieval, type RetrievalEvaluation } from './evaluate-retrieval.ts';
import { htmlReport } from './html-report.ts';
import { dataSources } from './retrieval-command.ts';
import { retrievalTable } from './retrieval-table.ts';

const silent: Progress = { phase: () => undefined, update: () => undefined, end: () => undefined };
const signal = new AbortController().signal;
const work = { progress: silent, signal };
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Thirty people of two tastes, every fold's test a third of their rows. */
async function folds(count: number): Promise<DataSource[]> {
  const random = createRandom(4);
  const rows = Array.from({ length: 30 * 18 }, (_, row) => {
    const user = row % 30;
    const film = random.next() < 0.85 ? (user % 2) * 20 + random.integer(20) : random.integer(40);
    return [user, film, 5, 1_000_000_000 + row * 60].join('\t');
  });
  const file = async (name: string, lines: readonly string[]): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, `${lines.join('\n')}\n`);
    return path;
  };
  return Promise.all(
    Array.from({ length: count }, async (_, fold) => {
      const isTest = (i: number): boolean => Math.floor(i / 30) % 3 === fold;
      return {
        kind: 'given',
        train: await file(
          `${fold}.train.tsv`,
          rows.filter((__, i) => !isTest(i)),
        ),
        test: await file(
          `${fold}.test.tsv`,
          rows.filter((__, i) => isTest(i)),
        ),
      } as const;
    }),
  );
}

const EVALUATION: Omit<RetrievalEvaluation, 'source'> = {
  filters: {},
  protocol: 'given',
  protocolOptions: { given: true, testDays: 1, testFraction: 0.2, heldOut: 0.2, seed: 1 },
  models: 'popular,ease,popular+ease',
  assignments: ['ease.maxItems=500'],
  tuningTrials: 2,
  threads: 1,
  includeSeen: false,
  maxUsers: 1e9,
};

describe('several folds', () => {
  it('are the means of what each alone gives, told together with each', async () => {
    const sources = await folds(2);
    const phases: string[] = [];
    const progress: Progress = { ...silent, phase: (name) => phases.push(name) };
    const report = await evaluateFolds(EVALUATION, sources, { progress, signal });
    const alone = [];
    for (const source of sources) alone.push(await evaluateRetrieval({ ...EVALUATION, source }, work));

    const figures = alone.map(({ comparison }) => comparison.results[1]!.metrics['ndcg@10'].mean);
    expect(report.folds!.map(({ comparison }) => comparison.results[1]!.metrics['ndcg@10'].mean)).toEqual(
      figures,
    );
    expect(report.comparison.results[1]!.metrics['ndcg@10'].mean).toBeCloseTo(
      (figures[0]! + figures[1]!) / 2,
      12,
    );
    expect(phases).toContain('fold 2 of 2: training ease');

    const table = retrievalTable(report);
    expect(table).toContain('means over 2 folds');
    expect(table).toContain(`NDCG@10 by fold, ease: ${figures.map((figure) => figure.toFixed(4)).join(' ')}`);
    // What each fold chose for itself is told of each; what all share stands in the settings.
    expect(table).toMatch(/fold 1: tuned ease.*\n.*fold 2: tuned ease/);
    expect(table).toMatch(/every fold: .* test interactions are older than the newest of training/);
    expect(table).toMatch(/(fold 2|every fold): blend popular\+ease/);
    expect(report.settings.ease).toMatchObject({ maxItems: 500 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const page = htmlReport(report);
    expect(page).toContain('fold 2: tuned ease');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('whose tests are older than their training are evaluated, and it is said how much of them', async () => {
    const [source] = await folds(1);
    const popular = { ...EVALUATION, models: 'popular', assignments: [] };
    const report = await evaluateRetrieval({ ...popular, source: source! }, work);
    expect(report.notes.at(-1)).toMatch(
      /^100 % of the test interactions are older than the newest of training/,
    );
  });

  it('whose test is all in the training file are refused with that reason', async () => {
    const [source] = await folds(1);
    const same = { ...source!, test: (source as { train: string }).train } as DataSource;
    const popular = { ...EVALUATION, models: 'popular', assignments: [] };
    await expect(evaluateRetrieval({ ...popular, source: same }, work)).rejects.toThrow(
      'every test interaction is in the training file, too, or was filtered out',
    );
  });

  it('are flags given several times, as many --test as --train', () => {
    const pair = (train: string[], test: string[]) => () => dataSources({ train, test });
    expect(pair(['a', 'b'], ['c', 'd'])()).toEqual([
      { kind: 'given', train: 'a', test: 'c' },
      { kind: 'given', train: 'b', test: 'd' },
    ]);
    expect(pair(['a', 'b'], ['c'])).toThrow('every fold has a --train and a --test: 2 and 1 are given');
    expect(pair(['a'], [])).toThrow('--train and --test go together');
    expect(() => dataSources({ train: ['a'], test: ['b'], data: 'c' })).toThrow('without --data');
  });
});
