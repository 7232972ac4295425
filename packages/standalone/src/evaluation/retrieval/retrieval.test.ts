/** From files to figures, without a process: the same functions that the command runs. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { createInteractionBuilder, type Interactions } from '@marquee/training';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../cli/progress.ts';
import { chooseModels, MODEL_NAMES } from './contestants.ts';
import { loadDataSet } from './data-set.ts';
import { evaluateRetrieval, type RetrievalEvaluation } from './evaluate-retrieval.ts';
import { htmlReport } from './html-report.ts';
import { ratingsFile, readInteractions, tabLayout } from './interaction-file.ts';
import { readMovies } from './movie-file.ts';
import { splitBy, validationSplit } from './protocol.ts';
import { retrievalTable } from './retrieval-table.ts';

const silent: Progress = { phase: () => undefined, update: () => undefined, end: () => undefined };
const work = { progress: silent, signal: new AbortController().signal };
const folder = temporaryFolder();
afterAll(() => folder.remove());

async function file(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return path;
}

/** Forty people of two tastes, with times a minute apart. */
function ratings(separator: string): string[] {
  const random = createRandom(3);
  return Array.from({ length: 40 * 15 }, (_, row) => {
    const user = row % 40;
    const film = random.next() < 0.85 ? (user % 2) * 30 + random.integer(30) : random.integer(60);
    return [user, film, 1 + random.integer(5), 1_000_000_000 + row * 60].join(separator);
  });
}

const SMALL = ['ials.dimensions=8', 'ials.iterations=4', 'ease.lambda=20'];
const SMALL_NETWORKS = ['sequential.dimensions=8', 'sequential.maxEpochs=2', 'two-tower.maxEpochs=2'];

async function evaluation(overrides: Partial<RetrievalEvaluation> = {}): Promise<RetrievalEvaluation> {
  await file('ratings.dat', `${ratings('::').join('\n')}\n`);
  return {
    source: { kind: 'folder', folder: folder.path },
    filters: {},
    protocol: 'random',
    protocolOptions: { given: false, testDays: 1, testFraction: 0.2, heldOut: 0.2, seed: 1 },
    models: 'all',
    assignments: SMALL,
    threads: 1,
    includeSeen: false,
    maxUsers: 1e9,
    ...overrides,
  };
}

function rowsOf({ users, start, item }: Interactions): string[] {
  return users.flatMap((user, u) => [...item.subarray(start[u], start[u + 1])].map((at) => `${user} ${at}`));
}

describe('films', () => {
  it('their genres and years are read from both layouts, and are not needed', async () => {
    const own = temporaryFolder();
    try {
      expect((await readMovies(own.path)).features.size).toBe(0);
      const csv = 'movieId,title,genres\r\n7,"Ant, The (1995)",Comedy|Drama\r\n8,Odd,(no genres listed)\r\n';
      await writeFile(join(own.path, 'movies.dat'), '7::Ant, The (1995)::Comedy|Drama\n');
      const expected = ['genre:Comedy', 'genre:Drama', 'decade:1990', 'year:1995'];
      expect([...(await readMovies(own.path)).features]).toEqual([['7', expected]]);
      await writeFile(join(own.path, 'movies.csv'), csv);
      expect([...(await readMovies(own.path)).features]).toEqual([
        ['7', expected],
        ['8', []],
      ]);
      const { vectors } = await readMovies(own.path);
      expect([...vectors.keys()]).toEqual(['7', '8']);
      expect(Math.hypot(...vectors.get('7')!)).toBeCloseTo(1);
    } finally {
      await own.remove();
    }
  });
});

describe('interaction files', () => {
  const read = async (path: string, layout: Awaited<ReturnType<typeof tabLayout>>) => {
    const builder = createInteractionBuilder();
    const summary = await readInteractions(path, layout, builder);
    return { summary, interactions: builder.build().interactions };
  };

  it('columns of ratings.csv are found by their names', async () => {
    await file('ratings.csv', 'timestamp,movieId,rating,userId\n10,m,4.5,u\n');
    const { path, layout } = await ratingsFile(folder.path);
    const { interactions } = await read(path, layout);
    expect(interactions).toMatchObject({ users: ['u'], items: ['m'] });
    expect([interactions.rating[0], interactions.at[0]]).toEqual([4.5, 10_000]);
    await rm(path);
  });

  it('folds may lack ratings and times, have a header, and give times in milliseconds', async () => {
    const bare = await file('bare.tsv', 'u\tm\nu\tn\n');
    expect((await read(bare, await tabLayout(bare))).interactions.at).toEqual(
      Float64Array.of(Number.NaN, Number.NaN),
    );
    const headed = await file(
      'headed.tsv',
      'userId\titemId\trating\ttimestamp\r\nu\tm\t3\t1500000000000\r\n',
    );
    const { interactions } = await read(headed, await tabLayout(headed));
    expect(interactions.users).toEqual(['u']);
    expect(interactions.at[0]).toBe(1_500_000_000_000);
  });

  it('unusable rows are counted and the first is named; a file of nothing else is an error', async () => {
    const mixed = await file('mixed.tsv', 'u\tm\t3\t1\nonly-a-user\nu\tn\tgood\t2\n');
    expect((await read(mixed, await tabLayout(mixed))).summary).toEqual({
      rows: 1,
      rejected: 2,
      firstReject: `${mixed}:2: 2 fields expected, 1 found`,
    });
    const bad = await file('bad.tsv', 'x\n');
    await expect(read(bad, await tabLayout(bad))).rejects.toThrow(/no usable interaction .*bad\.tsv:1/);
    await expect(ratingsFile(join(folder.path, 'nowhere'))).rejects.toThrow(
      /neither ratings.csv nor ratings.dat/,
    );
  });
});

describe('evaluating models', () => {
  it('all of them on ratings.dat, in a table, as JSON and as a page that fetches nothing', async () => {
    const report = await evaluateRetrieval(
      await evaluation({ assignments: [...SMALL, ...SMALL_NETWORKS] }),
      work,
    );
    const { results, testUsers } = report.comparison;
    expect(results.map(({ model }) => model)).toEqual(MODEL_NAMES);
    expect(testUsers).toBe(40);
    const of = (name: string) => results.find(({ model }) => model === name)!;
    for (const name of ['item-knn', 'ease', 'ials']) expect(of(name).gain.lower).toBeGreaterThan(0);

    const table = retrievalTable(report);
    expect(table).toContain(of('ease').metrics['ndcg@10'].mean.toFixed(4));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const page = htmlReport({ ...report, data: '<script>alert(1)</script>' });
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(|NaN|undefined/);
    expect(page.match(/<svg/g)).toHaveLength(4);
  });

  it('tuned settings come from the training part alone, keep what was assigned, and are told', async () => {
    const tuned = async (assignments: readonly string[]) =>
      evaluateRetrieval(await evaluation({ models: 'popular,ease', assignments, tuningTrials: 6 }), work);
    const report = await tuned([]);
    expect(Object.keys(report.tuning)).toEqual(['ease']);
    const { trials, before, after } = report.tuning.ease!;
    expect(trials).toBeGreaterThan(1);
    expect(after).toBeGreaterThanOrEqual(before);
    expect(retrievalTable(report)).toContain(`lambda=${report.settings.ease!.lambda}`);
    expect((await tuned(['ease.lambda=20'])).settings.ease!.lambda).toBe(20);
  });

  it('names with + between are one model, with weights that sum to 1', async () => {
    const report = await evaluateRetrieval(await evaluation({ models: 'popular,ease+ials' }), work);
    const { results } = report.comparison;
    expect(results.map(({ model }) => model)).toEqual(['popular', 'ease+ials']);
    expect(results[1]!.gain.lower).toBeGreaterThan(0);
    const weights = Object.values(report.blends['ease+ials']!);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
    expect(retrievalTable(report)).toMatch(/blend ease\+ials: ease [01]\.\d\d, ials [01]\.\d\d/);
  });

  it('progress is told of what is at work, also when a member of a blend trains again', async () => {
    const phases: string[] = [];
    let most = 0;
    await evaluateRetrieval(await evaluation({ models: 'transitions,transitions+ease', assignments: [] }), {
      ...work,
      progress: {
        ...silent,
        phase(name, total) {
          phases.push(name);
          most = total ?? Number.POSITIVE_INFINITY;
        },
        update: (done) => expect(done).toBeLessThanOrEqual(most),
      },
    });
    expect(phases.filter((phase) => phase === 'training transitions').length).toBeGreaterThan(1);
    expect(phases.indexOf('ranking with transitions')).toBeLessThan(
      phases.lastIndexOf('training transitions'),
    );
  });

  it('a network is trained once per part of the data, alone and in blends', async () => {
    const notes: string[] = [];
    const models = 'sequential,ease+sequential,popular+sequential';
    const assignments = ['sequential.dimensions=8', 'sequential.maxEpochs=1'];
    await evaluateRetrieval(await evaluation({ models, assignments }), {
      ...work,
      progress: { ...silent, note: (text) => notes.push(text) },
    });
    // On all of the training part, and on what the validation split leaves of it.
    expect(notes.filter((note) => note.startsWith('epoch 1:'))).toHaveLength(2);
  });

  it('a network whose time was too short says so beside its figures', async () => {
    const of = async (minutes: number) => {
      const assignments = [
        'sequential.dimensions=8',
        'sequential.maxEpochs=3',
        `sequential.minutes=${minutes}`,
      ];
      return evaluateRetrieval(await evaluation({ models: 'sequential', assignments }), work);
    };
    expect((await of(1e-6)).notes.join()).toMatch(
      /training sequential: 0\.000001 minutes were too short for 3 epochs/,
    );
    expect((await of(0)).notes.join()).not.toMatch(/too short/);
  });

  it('of leave-last-out, networks are trained once: blends are weighed by what they have kept from training', async () => {
    const notes: string[] = [];
    const report = await evaluateRetrieval(
      await evaluation({
        protocol: 'leave-last-out',
        models: 'sequential,popular+sequential,ease+sequential+two-tower',
        assignments: ['sequential.dimensions=8', 'sequential.maxEpochs=1', 'two-tower.maxEpochs=1'],
      }),
      { ...work, progress: { ...silent, note: (text) => notes.push(text) } },
    );
    expect(notes.filter((note) => note.startsWith('epoch 1:'))).toHaveLength(2);
    expect(Object.keys(report.blends)).toEqual(['popular+sequential', 'ease+sequential+two-tower']);
  });

  it('each protocol has a validation split of its own kind, inside the training part', async () => {
    const { source, filters, protocolOptions } = await evaluation();
    const data = await loadDataSet(source, filters, work);
    for (const protocol of ['temporal', 'leave-last-out', 'random', 'strong']) {
      const { train } = splitBy(protocol, data, { ...protocolOptions, testDays: 0.05 });
      const inner = validationSplit(protocol, train, { ...protocolOptions, testDays: 0.05 });
      const rows = new Set(rowsOf(train));
      expect([...rowsOf(inner.train), ...rowsOf(inner.targets)].every((row) => rows.has(row))).toBe(true);
      expect(rowsOf(inner.train).some((row) => new Set(rowsOf(inner.targets)).has(row))).toBe(false);
    }
  });

  it('filters are applied before the split, and said', async () => {
    const {
      filters,
      protocolOptions: _,
      ...rest
    } = await evaluation({ filters: { minRating: 4, kCore: 5 } });
    const data = await loadDataSet(rest.source, filters, work);
    expect(data.interactions.rating.every((rating) => rating >= 4)).toBe(true);
    expect(data.notes.at(-1)).toMatch(/interactions filtered out/);
  });

  it('given folds are evaluated as they are, in whatever order of time; as temporal they are refused', async () => {
    const rows = ratings('\t');
    const train = await file('train.tsv', rows.filter((_, i) => i % 7 !== 0).join('\n'));
    const test = await file('test.tsv', rows.filter((_, i) => i % 7 === 0).join('\n'));
    const given = await evaluation({
      source: { kind: 'given', train, test },
      protocol: 'given',
      models: 'popular,ease',
      assignments: [],
    });
    const options = { ...given.protocolOptions, given: true };
    const report = await evaluateRetrieval({ ...given, protocolOptions: options }, work);
    expect(report.comparison.results).toHaveLength(2);
    await expect(
      evaluateRetrieval({ ...given, protocol: 'temporal', protocolOptions: options }, work),
    ).rejects.toThrow(/the holdout travels in time/);
    await expect(
      evaluateRetrieval({ ...given, protocol: 'random', protocolOptions: options }, work),
    ).rejects.toThrow(/a split already/);
  });

  it('filters that leave nothing are an error that says what is missing', async () => {
    const failure = evaluateRetrieval(await evaluation({ filters: { kCore: 1_000 } }), work);
    await expect(failure).rejects.toThrow(/leaves no interaction to train on/);
    await failure.catch((error) => expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true));
  });
});

describe('the command line', () => {
  const choose = (names: string, assignments: readonly string[]) =>
    chooseModels({
      names,
      assignments,
      training: () => ({ seed: 1 }),
      validation: () => expect.unreachable(),
    });

  it('names what it does not know', () => {
    expect(() => choose('popular,guess', [])).toThrow(/no "guess"; there are popular/);
    expect(() => choose('ease+guess', [])).toThrow(/no "guess"/);
    expect(() => choose('ease', ['ease.mu=3'])).toThrow(/ease has no mu; its options: lambda, maxItems/);
    expect(() => choose('ease', ['ials.lambda=3'])).toThrow(/for a model of --models/);
    expect(() => choose('ease', ['ease.lambda=much'])).toThrow(/<number>/);
    expect(choose('ease', ['ease.lambda=7']).settings.ease).toMatchObject({ lambda: 7 });
  });
});
