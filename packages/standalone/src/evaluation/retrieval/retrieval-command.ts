/** The command line of `npm run evaluate` with `--models`: flags in, table, JSON and HTML out. */
import { writeFile } from 'node:fs/promises';
import { MarqueeError } from '@marquee/service-kit';
import { wholeNumber } from '../../cli/arguments.ts';
import { createProgress } from '../../cli/progress.ts';
import { SAMPLE_SEED } from '../../world/sample-source.ts';
import { modelHelp } from './contestants.ts';
import type { DataSource } from './data-set.ts';
import { evaluateFolds, evaluateRetrieval } from './evaluate-retrieval.ts';
import { htmlReport } from './html-report.ts';
import { retrievalTable } from './retrieval-table.ts';

const TUNING_TRIALS = 40;

export const RETRIEVAL_HELP = `Retrieval models, on interactions alone: npm run evaluate -- --models <a,b,c | all> [options]

  --models <names>        models to train and compare, the first is the baseline of gains; all for all of them;
                          names with + between, e.g. ease+ials, are a blend whose weights are chosen on a split of the training part
${modelHelp()}
  --set <model.option=n>  another value for an option above; may be given again
  --tune                  choose the options of every model that has some on a split of the training part, made like the
                          test; options given by --set stay. The test part has no say in it
  --tune-trials <n>       trainings per model at most, default ${TUNING_TRIALS}
  --data <folder>         folder with MovieLens' ratings.csv or ratings.dat; without it the sample world
  --train <file> --test <file>
                          a split as it is: user, item[, rating[, Unix time]], separated by tabs; given several times,
                          folds whose means are told: --train={a,b}.train.tsv --test={a,b}.test.tsv
  --protocol <name>       temporal (default): one cutoff; with --train and --test it must lie between them
                          leave-last-out: each user's last interaction is the test
                          random: a share of each user's interactions, --test-percent
                          strong: users held out whole; --test-percent of theirs is the test, the rest is shown (Mult-VAE)
                          given (the default with --train and --test): the files as they are, in any order of time
  --min-rating <n>        only interactions rated at least so high; those without a rating stay
  --k-core <n>            only users and items with n interactions, repeatedly
  --until <date>          temporal: where the test begins, instead of --test-days
  --held-out-percent <n>  strong: share of the users, default 10
  --include-seen          leave items of the history in the lists
  --threads <n>           default: as many as the machine runs at once, eight at most
  --seed <n>              default ${SAMPLE_SEED}
  --html <file>           also write a report with plots; --json <file> the figures
`;

export const RETRIEVAL_FLAGS = {
  models: { type: 'string' },
  set: { type: 'string', multiple: true, default: [] as string[] },
  tune: { type: 'boolean', default: false },
  'tune-trials': { type: 'string' },
  train: { type: 'string', multiple: true },
  test: { type: 'string', multiple: true },
  'min-rating': { type: 'string' },
  'k-core': { type: 'string' },
  until: { type: 'string' },
  'held-out-percent': { type: 'string' },
  'include-seen': { type: 'boolean', default: false },
  threads: { type: 'string' },
  seed: { type: 'string' },
  html: { type: 'string' },
} as const;

export async function runRetrievalEvaluation(
  values: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const text = (flag: string): string | undefined => values[flag] as string | undefined;
  const optional = <T>(flag: string, parse: (value: string) => T): T | undefined => {
    const value = text(flag);
    return value === undefined ? undefined : parse(value);
  };
  const sources = dataSources(values);
  const [source] = sources;
  const given = source.kind === 'given';
  const testDays = text('test-days') ?? (source.kind === 'folder' ? '365' : '14');
  const until = optional('until', instant);
  const minRating = optional('min-rating', minimumRating);
  const core = optional('k-core', (value) => wholeNumber('--k-core', value, 1, 1_000_000));
  const trials = optional('tune-trials', (value) => wholeNumber('--tune-trials', value, 1, 10_000));
  const threads = optional('threads', (value) => wholeNumber('--threads', value, 1, 64));
  const evaluation = {
    filters: {
      ...(minRating === undefined ? {} : { minRating }),
      ...(core === undefined ? {} : { kCore: core }),
    },
    protocol: text('protocol') ?? (given ? 'given' : 'temporal'),
    protocolOptions: {
      given,
      testDays: wholeNumber('--test-days', testDays, 1, 100_000),
      ...(until === undefined ? {} : { until }),
      testFraction: wholeNumber('--test-percent', text('test-percent') ?? '20', 1, 90) / 100,
      heldOut: wholeNumber('--held-out-percent', text('held-out-percent') ?? '10', 1, 90) / 100,
      seed: optional('seed', (value) => wholeNumber('--seed', value, 0, 0xffffffff)) ?? SAMPLE_SEED,
    },
    models: text('models')!,
    assignments: values.set as string[],
    ...(values.tune === true ? { tuningTrials: trials ?? TUNING_TRIALS } : {}),
    ...(threads === undefined ? {} : { threads }),
    includeSeen: values['include-seen'] === true,
    // Ranking takes a millisecond: there is no need for a sample unless somebody wants one.
    maxUsers: optional('max-profiles', (value) => wholeNumber('--max-profiles', value, 1, 1e9)) ?? 1e9,
  };
  const work = { progress: createProgress(process.stderr), signal };
  const report =
    sources.length === 1
      ? await evaluateRetrieval({ ...evaluation, source }, work)
      : await evaluateFolds(evaluation, sources, work);
  process.stdout.write(`\n${retrievalTable(report)}\n`);
  const [json, html] = [text('json'), text('html')];
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (html !== undefined) await writeFile(html, htmlReport(report));
}

/** One, or a fold each. @throws MarqueeError CONFIG_INVALID for flags that do not go together */
export function dataSources(
  values: Readonly<Record<string, unknown>>,
): readonly [DataSource, ...DataSource[]] {
  const { data, train = [], test = [] } = values as { data?: string; train?: string[]; test?: string[] };
  if (train.length > 0 || test.length > 0) {
    if (train.length === 0 || test.length === 0 || data !== undefined) {
      throw new MarqueeError('CONFIG_INVALID', '--train and --test go together, and without --data');
    }
    if (train.length !== test.length) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `every fold has a --train and a --test: ${train.length} and ${test.length} are given`,
      );
    }
    const [first, ...others] = train.map(
      (path, i) => ({ kind: 'given', train: path, test: test[i]! }) as const,
    );
    return [first!, ...others];
  }
  if (data !== undefined) return [{ kind: 'folder', folder: data }];
  const profiles = (values.profiles as string | undefined) ?? '2000';
  return [{ kind: 'sample', profiles: wholeNumber('--profiles', profiles, 12, 100_000) }];
}

function instant(value: string): number {
  const at = Date.parse(value);
  if (Number.isNaN(at))
    throw new MarqueeError('CONFIG_INVALID', `--until ${value} is no date; give one like 2018-09-01`);
  return at;
}

function minimumRating(value: string): number {
  const rating = Number(value);
  if (value.trim() === '' || !Number.isFinite(rating)) {
    throw new MarqueeError('CONFIG_INVALID', `--min-rating must be a number, not "${value}"`);
  }
  return rating;
}
