/** `npm run training-set -- <what>`: examples for training from the event lake, and whether serving and training agree. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR_MS, SECOND_MS, systemClock } from '@marquee/domain';
import { type LakeReader, openLake } from '@marquee/event-lake';
import { createLogger, type Logger, MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import {
  buildTrainingSetFromLake,
  checkParity,
  createRowMaker,
  DEFAULT_SETTINGS,
  readManifest,
  type SplitShares,
} from '@marquee/training-sets';
import { wholeNumber } from '../cli/arguments.ts';
import { codeVersion } from '../cli/code-version.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { openWorldForTraining } from '../training-sets/open-world-for-training.ts';
import { dayReport, parityReport, trainingSetReport } from '../training-sets/reports.ts';
import { serveDay } from '../training-sets/simulated-day.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run training-set -- <what> [options]: examples for training, from the event lake

  build                    joins slates, impressions and outcomes into a new training set
  show <folder>            what a training set holds
  parity                   makes a sample of logged feature rows again by replaying the log, and names the columns that differ;
                           exit code 1 when any does without an explanation

  --world <name>           default ${SAMPLE_WORLD}; a world that is being served may be read, too
  --data-dir <folder>      where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --lake <folder>          a lake somewhere else, with the titles and models of the world
  --from <instant>         decisions, or slates, from then on, e.g. 2026-03-01T00:00Z; parity: since the world's models were made
  --seed <n>               of negatives and samples, default 1
  --memory <megabytes>     for DuckDB, default 512; the rest is put into a temporary folder
  --json <file>            also write the manifest, or the differences
  --help                   this text

build:
  --to <instant>           decisions before then; default: all whose attribution window has passed
  --window-hours <n>       how long what happens to a title counts for its showing, default 24
  --negatives <n>          random titles per qualified watch, default 4
  --split <a,b,c>          per cent of train, validation and test, in order of time, default 80,10,10
  --plays-per-hour <n>     titles begun within an hour beyond which a profile is a machine, default 60
  --max-decisions <n>      the latest are taken, default 300000; some 1 KB of memory each
  --leak-cuts <n>          how often the log is cut to see whether the future matters, default 1; each costs a replay
  --out <folder>           default: training-sets in the world's folder

parity:
  --day                    of a whole simulated day instead: a world of its own is served to simulated clients for 24 hours of its
                           clock, and every row that was logged is made again; some minutes
  --visits <n>             of that day, default 300
  --profiles <n>           audience of that world, default 300
  --sample <n>             rows, default 1000; with --day all of them
  --lag-seconds <n>        how old served values may be, default 10
`;

/** Rows that `--day` asks for. */
const EVERYTHING = '1000000';

await runProcess(async (signal) => {
  const { values, positionals } = parse(process.argv.slice(2));
  const [what, target] = positionals;
  if (values.help === true || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (what === 'show') {
    if (target === undefined)
      throw new MarqueeError('CONFIG_INVALID', 'show needs the folder of a training set');
    process.stdout.write(`${trainingSetReport(target, await readManifest(target))}\n`);
    return;
  }
  if (what !== 'build' && what !== 'parity') {
    throw new MarqueeError('CONFIG_INVALID', `unknown "${what}"; allowed are build, show, parity`);
  }
  if (values.day === true) {
    if (what !== 'parity') throw new MarqueeError('CONFIG_INVALID', '--day is for parity');
    await parityOfDay(values, signal);
    return;
  }
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const folder = join(dataDirectory, requireWorldName(values.world));
  const logger = createLogger({ service: 'training-set', level: 'warn' });
  await withSource({ folder, logger, values, signal }, (source) =>
    what === 'build' ? build(source, values) : parity(source, values),
  );
});

async function withSource(
  of: { folder: string; logger: Logger; values: Values; signal: AbortSignal },
  use: (source: Source) => Promise<void>,
): Promise<void> {
  const { folder, logger, values, signal } = of;
  const world = await openWorldForTraining(folder, logger);
  const spillFolder = await mkdtemp(join(tmpdir(), 'marquee-training-set-'));
  let reader: LakeReader | undefined;
  try {
    reader = await openLake({
      folder: values.lake ?? join(folder, LAKE_FOLDER),
      memoryMegabytes: wholeNumber('--memory', values.memory, 64, 1_000_000),
      spillFolder,
    });
    await use({ ...world, folder, reader, signal });
  } finally {
    await reader?.close();
    await rm(spillFolder, { recursive: true, force: true });
  }
}

type Values = ReturnType<typeof parse>['values'];
type Source = Awaited<ReturnType<typeof openWorldForTraining>> & {
  readonly folder: string;
  readonly reader: LakeReader;
  readonly signal: AbortSignal;
};

async function build(source: Source, values: Values): Promise<void> {
  const progress = createProgress(process.stderr);
  const from = instant('--from', values.from);
  const to = instant('--to', values.to);
  const { folder, manifest } = await buildTrainingSetFromLake({
    ...source,
    folder: values.out ?? join(source.folder, 'training-sets'),
    clock: systemClock,
    codeVersion: await codeVersion(),
    leakCuts: wholeNumber('--leak-cuts', values['leak-cuts'], 0, 20),
    progress,
    settings: {
      seed: wholeNumber('--seed', values.seed, 0, 0xffffffff),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      attribution: {
        ...DEFAULT_SETTINGS.attribution,
        windowMs: wholeNumber('--window-hours', values['window-hours'], 1, 24 * 30) * HOUR_MS,
      },
      limits: {
        ...DEFAULT_SETTINGS.limits,
        playsPerHour: wholeNumber('--plays-per-hour', values['plays-per-hour'], 1, 100_000),
      },
      randomNegatives: wholeNumber('--negatives', values.negatives, 0, 100),
      split: splitShares(values.split),
      maxDecisions: wholeNumber('--max-decisions', values['max-decisions'], 1, 10_000_000),
    },
  });
  progress.end();
  process.stdout.write(`\n${trainingSetReport(folder, manifest)}\n`);
  await writeJson(values.json, manifest);
}

/** Serves a world of its own for a day, and compares all of it. */
async function parityOfDay(values: Values, signal: AbortSignal): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'marquee-parity-'));
  const logger = createLogger({ service: 'parity', level: 'error' });
  try {
    const options = {
      profiles: wholeNumber('--profiles', values.profiles, 12, 20_000),
      visits: wholeNumber('--visits', values.visits, 1, 100_000),
      seed: wholeNumber('--seed', values.seed, 0, 0xffffffff),
    };
    const { folder, day } = await serveDay({
      ...{ root, ...options, logger, signal },
      progress: createProgress(process.stderr),
    });
    process.stdout.write(`\n${dayReport(day)}\n`);
    await withSource({ folder, logger, values, signal }, (source) =>
      parity(source, {
        ...values,
        sample: EVERYTHING,
        from: new Date(day.from).toISOString(),
      }),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function parity(source: Source, values: Values): Promise<void> {
  const progress = createProgress(process.stderr);
  const lagSeconds = wholeNumber('--lag-seconds', values['lag-seconds'], 0, 86_400);
  progress.phase('models that were served with');
  const rowMaker = createRowMaker({ ...source, signals: await source.servedWith() });
  progress.phase('replaying the log');
  const report = await checkParity({
    ...source,
    rowMaker,
    rows: wholeNumber('--sample', values.sample, 1, 1_000_000),
    seed: wholeNumber('--seed', values.seed, 0, 0xffffffff),
    from: instant('--from', values.from) ?? (await source.servedSince()),
    lagMs: lagSeconds * SECOND_MS,
    onProgress: (events) => progress.update(events),
  });
  progress.end();
  process.stdout.write(`\n${parityReport(report, lagSeconds)}\n`);
  await writeJson(values.json, report);
  if (report.skewed > 0) process.exitCode = 1;
}

async function writeJson(file: string | undefined, value: unknown): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

function instant(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new MarqueeError('CONFIG_INVALID', `${flag} must be an instant such as 2026-03-01T00:00Z`);
  return at;
}

function splitShares(text: string): SplitShares {
  const shares = text.split(',').map(Number);
  const [train, validation, test] = shares;
  const whole =
    shares.length === 3 &&
    shares.every((share) => share >= 0) &&
    train! > 0 &&
    train! + validation! + test! === 100;
  if (!whole)
    throw new MarqueeError(
      'CONFIG_INVALID',
      '--split must be three numbers that add up to 100, e.g. 80,10,10',
    );
  return { validation: validation! / 100, test: test! / 100 };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      world: { type: 'string', default: SAMPLE_WORLD },
      'data-dir': { type: 'string' },
      lake: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      seed: { type: 'string', default: '1' },
      memory: { type: 'string', default: '512' },
      json: { type: 'string' },
      'window-hours': { type: 'string', default: '24' },
      negatives: { type: 'string', default: '4' },
      split: { type: 'string', default: '80,10,10' },
      'plays-per-hour': { type: 'string', default: '60' },
      'max-decisions': { type: 'string', default: '300000' },
      'leak-cuts': { type: 'string', default: '1' },
      out: { type: 'string' },
      sample: { type: 'string', default: '1000' },
      day: { type: 'boolean', default: false },
      visits: { type: 'string', default: '300' },
      profiles: { type: 'string', default: '300' },
      'lag-seconds': { type: 'string', default: '10' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
