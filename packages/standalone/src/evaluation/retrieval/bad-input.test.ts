/**
 * What nobody can learn from, in every protocol and for every model: figures, or a reason. Models see a training part, whatever the
 * protocol: the networks, which take longest, take part in one of them.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMarqueeError, type MarqueeError } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../cli/progress.ts';
import { MODEL_NAMES } from './contestants.ts';
import { evaluateRetrieval } from './evaluate-retrieval.ts';
import { htmlReport } from './html-report.ts';
import { retrievalTable } from './retrieval-table.ts';

const silent: Progress = { phase: () => undefined, update: () => undefined, end: () => undefined };
const folder = temporaryFolder();
afterAll(() => folder.remove());

type Row = readonly [user: number, item: number, rating: number, seconds: number];
const DAY = 86_400;
const rowsOf = (count: number, row: (i: number) => Row): Row[] =>
  Array.from({ length: count }, (_, i) => row(i));
/** Six people, thirteen items, in turn. */
const some = rowsOf(60, (i) => [i % 6, (7 * i) % 13, 4, 1_000 + i * DAY]);

const NETWORKS = ['sequential', 'two-tower'];

/** Models on the rows; given files have the last third as test. */
async function evaluated(protocol: string, rows: readonly Row[]) {
  const file = async (name: string, part: readonly Row[], separator: string): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, part.map((row) => row.join(separator)).join('\n'));
    return path;
  };
  const cut = Math.ceil((2 * rows.length) / 3);
  await file('ratings.dat', rows, '::');
  const [train, test] = [
    await file('train.tsv', rows.slice(0, cut), '\t'),
    await file('test.tsv', rows.slice(cut), '\t'),
  ];
  const given = protocol === 'given';
  const networks = protocol === 'leave-last-out';
  const models = MODEL_NAMES.filter((name) => networks || !NETWORKS.includes(name));
  const report = await evaluateRetrieval(
    {
      source: given ? { kind: 'given', train, test } : { kind: 'folder', folder: folder.path },
      filters: {},
      protocol,
      protocolOptions: { given, testDays: 10, testFraction: 0.2, heldOut: 0.2, seed: 1 },
      models: models.join(),
      assignments: networks ? NETWORKS.map((name) => `${name}.maxEpochs=1`) : [],
      threads: 1,
      includeSeen: false,
      maxUsers: 1e9,
    },
    { progress: silent, signal: new AbortController().signal },
  );
  expect(report.comparison.results.map(({ model }) => model)).toEqual(models);
  // JSON writes what is no number as null.
  expect(JSON.stringify(report.comparison)).not.toContain('null');
  expect(retrievalTable(report) + htmlReport(report)).not.toMatch(/NaN|undefined|Infinity/);
  return report.comparison;
}

async function refusal(protocol: string, rows: readonly Row[]): Promise<string> {
  const error = await evaluated(protocol, rows).catch((thrown: unknown) => thrown);
  expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true);
  return (error as MarqueeError).message;
}

const PROTOCOLS = ['temporal', 'leave-last-out', 'random', 'strong', 'given'];

describe.each(PROTOCOLS)('every model, %s', (protocol) => {
  it('ids with gaps are ids like others', async () => {
    const apart = some.map(
      ([user, item, rating, seconds]): Row => [
        4_294_967_295 * (1 + user),
        99_999_999_999 * (1 + item),
        rating,
        seconds,
      ],
    );
    const { items, testUsers, results } = await evaluated(protocol, apart);
    expect([items, testUsers > 0]).toEqual([13, true]);
    for (const { metrics } of results) expect(metrics['recall@50'].mean).toBe(1);
  });

  it('one user has nobody to learn from, and one item nothing to be found: figures, or a reason', async () => {
    const user = rowsOf(12, (i) => [1, 3 + 7 * i, 5, 1_000 + 3 * i * DAY]);
    if (protocol === 'strong') expect(await refusal(protocol, user)).toMatch(/needs two users/);
    else {
      const { testUsers, results } = await evaluated(protocol, user);
      expect(testUsers).toBe(1);
      for (const { metrics } of results) expect(metrics['ndcg@10'].mean).toBe(0);
    }
    const item = rowsOf(12, (i) => [i, 9, 4, 1_000 + 3 * i * DAY]);
    expect(await refusal(protocol, item)).toMatch(/leaves nobody to test|needs two users/);
  });

  it('no row, one row, and the same row again and again are refused with the reason', async () => {
    expect(await refusal(protocol, [])).toMatch(/holds no usable interaction/);
    expect(await refusal(protocol, some.slice(0, 1))).toMatch(
      /not inside the history|leaves nobody to test|needs two users|holds no usable interaction/,
    );
    const repeats = rowsOf(30, (i) => [1, 2, 4, 1_000 + i * DAY]);
    expect(await refusal(protocol, repeats)).toMatch(
      /not inside the history|leaves nobody to test|needs two users|is in the training file, too/,
    );
  });
});

it('ratings and times that are no numbers are left out, and a file of nothing else is refused', async () => {
  const rows = some.map(
    ([user, item, rating, seconds], i): Row => [user, item, i < 40 ? rating : Number.NaN, seconds],
  );
  expect(await refusal('given', rows)).toMatch(/test.tsv holds no usable interaction .*rating "NaN" is not/);
});
