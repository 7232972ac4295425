/** `npm run off-policy`: what another policy would have earned, from a log with propensities. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LakeReader, openLake } from '@marquee/event-lake';
import { importLoggedActions, type LoggedActionsFile } from '@marquee/importers';
import { MarqueeError, runProcess } from '@marquee/service-kit';
import type { OffPolicyOptions } from '@marquee/training';
import { parseFlags, wholeNumber } from '../cli/arguments.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { ARTWORK_POLICIES, judgeArtwork } from '../off-policy/judge-artwork.ts';
import { type Judgement, judgePolicy } from '../off-policy/judge-policies.ts';
import { judgeRowOrder, ROW_POLICIES } from '../off-policy/judge-row-order.ts';
import { judgementTable } from '../off-policy/judgement-table.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run off-policy -- --log <file> [options]: what another policy would have earned (off-policy evaluation)
npm run off-policy -- --row-order | --artwork [options]: what another order of rows, or other pictures, would have earned, from
                      the pages of a world

  --log <file>        what was shown: .csv, .jsonl or .parquet with item_id, position, click, propensity_score; the Open Bandit
                      Dataset's files as they are
  --policy <which>    uniform (default): every item alike
                      <file>: as often as in this log, by position
  --truth <file>      a log of the policy itself, to hold the estimates against; with --policy <file> that one

  --row-order         the row at each learned place of home pages, of a viewer's pages within an hour the first that was looked at;
                      a row earns 1 when a watch began in it
  --policy <which>    uniform (default): every kind alike that could have stood there
                      rules: what would stand there were nothing learned, next to the profiles that are held out
  --artwork           the picture that a viewer saw a title with on a day; it earns 1 when a watch began from it
  --policy <which>    uniform (default): every picture of the title alike; own: the title's own, always
  --world <name>      default ${SAMPLE_WORLD}; a world that is being served may be asked, too
  --folder <folder>   a lake somewhere else, e.g. a distributed installation's MARQUEE_LAKE_FOLDER
  --data-dir <folder> where worlds are kept (MARQUEE_DATA_DIR, default .marquee)

  --clip <n>          cut importance weights to n; default: not
  --seed <n>          of folds and intervals, default 1
  --json <file>       also write the figures
  --help              this text

Estimators: IPS, self-normalised IPS, direct method, doubly robust; 95 % bootstrap intervals, over rows of a file, over viewers of a
world. Where the log does not support a conclusion (effective sample size, the weight of one row or viewer, choices never logged,
weights that do not average 1) the command says why, gives no number for the policy, and ends with exit code 1.
`;

await runProcess(async () => {
  const values = parseFlags(process.argv.slice(2), {
    log: { type: 'string' },
    'row-order': { type: 'boolean', default: false },
    artwork: { type: 'boolean', default: false },
    world: { type: 'string', default: SAMPLE_WORLD },
    folder: { type: 'string' },
    'data-dir': { type: 'string' },
    policy: { type: 'string', default: 'uniform' },
    truth: { type: 'string' },
    clip: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const clip = values.clip === undefined ? undefined : Number(values.clip);
  if (clip !== undefined && !(clip > 0)) throw new MarqueeError('CONFIG_INVALID', '--clip must be above 0');
  const options: OffPolicyOptions = {
    seed: wholeNumber('--seed', values.seed as string, 0, 0xffffffff),
    ...(clip !== undefined && { clip }),
  };
  const asked = (['log', 'row-order', 'artwork'] as const).filter((flag) => values[flag]);
  if (asked.length > 1) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--${asked.join(' and --')} are different questions: one at a time`,
    );
  }
  const judgement = await (values['row-order'] === true || values.artwork === true
    ? ofPages(values, options)
    : ofLog(values, options));
  process.stdout.write(`\n${judgementTable(judgement)}\n`);
  if (values.json !== undefined)
    await writeFile(values.json as string, `${JSON.stringify(judgement, null, 2)}\n`);
  if (judgement.estimate.missing.length > 0) process.exitCode = 1;
});

type Values = ReturnType<typeof parseFlags>;

async function ofLog(values: Values, options: OffPolicyOptions): Promise<Judgement> {
  if (values.log === undefined)
    throw new MarqueeError('CONFIG_INVALID', '--log, --row-order or --artwork is needed; see --help');
  const progress = createProgress(process.stderr);
  const read = async (path: string): Promise<LoggedActionsFile> => {
    progress.phase(`reading ${path}`);
    const file = await importLoggedActions(path);
    progress.end();
    if (file.rejected > 0)
      process.stderr.write(`${file.rejected} rows left out, the first: ${file.firstReject}\n`);
    return file;
  };
  const log = await read(values.log as string);
  const target = values.policy === 'uniform' ? undefined : await read(values.policy as string);
  const truth = values.truth === undefined ? undefined : await read(values.truth as string);
  return judgePolicy(log, target, truth, options);
}

async function ofPages(values: Values, options: OffPolicyOptions): Promise<Judgement> {
  const judge =
    values.artwork === true
      ? judging(values, ARTWORK_POLICIES, judgeArtwork)
      : judging(values, ROW_POLICIES, judgeRowOrder);
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] as string });
  const folder =
    (values.folder as string | undefined) ??
    join(dataDirectory, requireWorldName(values.world as string), LAKE_FOLDER);
  const progress = createProgress(process.stderr);
  progress.phase(`reading ${folder}`);
  const reader = await openLake({ folder });
  try {
    return await judge(reader, options);
  } finally {
    progress.end();
    await reader.close();
  }
}

type Judge<P> = (reader: LakeReader, policy: P, options: OffPolicyOptions) => Promise<Judgement>;

function judging<P extends string>(values: Values, policies: readonly P[], judge: Judge<P>) {
  const policy = policies.find((known) => known === values.policy);
  if (policy === undefined)
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--policy is ${policies.join(' or ')} here, not "${values.policy}"`,
    );
  return (reader: LakeReader, options: OffPolicyOptions) => judge(reader, policy, options);
}
